"""Sending mail."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """A mail in plain text. `to_email` holds one address without line breaks."""

    to_email: str
    subject: str
    text: str


class Mailer(Protocol):
    async def send(self, message: Message) -> None:
        """Hand the mail to a server.

        Raises:
            ServiceUnavailable: it was not taken.
        """
        ...

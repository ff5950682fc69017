"""What the product needs of a service that hosts the rooms of calls: a call, passes to it, and what was kept of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from uuid import UUID

from peak_app.errors import PeakError, ServiceUnavailable


class RoomsUnavailable(ServiceUnavailable):
    """The service did not answer, refused, or answered something that makes no sense."""


class NotSigned(PeakError):
    """A webhook's signature is missing or wrong."""

    status_code = 403


class FileRefused(PeakError):
    """A file that is not fetched: it is too large, or where it is said to lie is no place to ask. Final."""


class FileKind(StrEnum):
    RECORDING = "recording"
    TRANSCRIPTION = "transcription"


class RoomNews(StrEnum):
    """What a webhook tells. `OTHER`: nothing that changes anything here."""

    STARTED = "started"
    ENDED = "ended"
    FILE_READY = "file_ready"
    FILE_FAILED = "file_failed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RoomPass:
    """What a page needs to join: good for one person and one call, until `expires_at`."""

    api_key: str
    token: str
    user_id: str
    coach_id: str
    """The agent's user: its sound and its messages are the coach's."""
    call_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RoomBell:
    """A webhook whose signature is right."""

    event_id: str
    """The same each time the service repeats it; at most 120 characters."""
    kind: str
    """As the service calls it, at most 60 characters."""
    news: RoomNews
    meeting_id: UUID | None
    """None: it is about nothing of ours."""
    session_id: str
    """One stretch of the call in which somebody was there; empty where the event names none."""
    at: datetime | None
    """When it happened; None where the event does not say so in a way we know."""
    file_kind: FileKind | None


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that the service holds for a call. Together the first three name it."""

    kind: FileKind
    session_id: str
    filename: str
    url: str


class Rooms(Protocol):
    """Every method but `make_pass` and `read_webhook` goes over the network and blocks.

    Those raise RoomsUnavailable; what is not there (any more) counts as done.
    """

    def open_room(self, owner_id: UUID, meeting_id: UUID, *, is_recorded: bool, longest: timedelta) -> None:
        """Have the call and its two users be there. May be repeated; then the choice of recording is made good.

        With `is_recorded` the service records and transcribes by itself as soon as somebody is in the call, without it
        neither can be started. After `longest` it ends the call, whatever we do.
        """
        ...

    def make_pass(self, owner_id: UUID, meeting_id: UUID, at: datetime) -> RoomPass:
        """A short-lived pass of the person."""
        ...

    def close_room(self, meeting_id: UUID) -> None:
        """Stop recording and transcribing, and end the call for everyone who is still in it."""
        ...

    def list_files(self, meeting_id: UUID) -> Sequence[HeldFile]:
        """All recordings and transcriptions of the call."""
        ...

    def fetch_file(self, file: HeldFile, place: Path, limit: int) -> int:
        """Write the file there, at most `limit` bytes; gives how many. Raises: FileRefused."""
        ...

    def erase_room(self, meeting_id: UUID) -> None:
        """Delete the call with its coach, and all that is kept of it."""
        ...

    def erase_person(self, owner_id: UUID) -> None:
        """Delete the user that stands for a person."""
        ...

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> RoomBell:
        """Check the signature of the raw body, and say what it tells. Raises: NotSigned."""
        ...

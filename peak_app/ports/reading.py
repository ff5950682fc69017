"""Getting the words out of a file that someone sent."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ReadText:
    """`characters` is how many there were; `text` may hold only the first of them."""

    text: str
    characters: int


class DocumentReader(Protocol):
    def read(self, content: bytes, most_characters: int) -> ReadText:
        """The text of a PDF, a Word document (DOCX) or a plain text, told apart by what they hold. Blocks.

        Nothing in the file is executed, rendered or fetched.

        Raises:
            InvalidInput: it is something else, locked, damaged, too large or without text; its sentence says which.
            ServiceUnavailable: it could not be read now.
        """
        ...

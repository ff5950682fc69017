"""Where media lives."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredMedia:
    key: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class MediaUsage:
    """How many files there are, and how large they are together."""

    file_count: int
    byte_count: int


class MediaStore(Protocol):
    """Whole files under keys like `{owner_id}/{meeting_id}/recording.webm`. Keys never leave their folder.

    Methods raise `NotFound` for a missing key and `InvalidInput` for a malformed one.
    """

    def put(self, key: str, source: Path) -> StoredMedia:
        """Store the file, replacing an older one at once and whole; the source is gone afterwards."""
        ...

    def size_bytes(self, key: str) -> int: ...

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Bytes from `start`, at most `length`, in pieces."""
        ...

    def list_keys(self, prefix: str) -> list[str]:
        """Keys of all files below a prefix, sorted. Drafts that are still being written are none."""
        ...

    def measure(self, prefix: str) -> MediaUsage:
        """What is below a prefix; nothing when nothing is."""
        ...

    def delete(self, prefix: str) -> int:
        """Delete everything below a prefix; gives the number of files."""
        ...

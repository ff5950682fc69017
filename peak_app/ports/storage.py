"""Where media lives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from peak_app.errors import InvalidInput, ServiceUnavailable
from peak_app.i18n.catalogue import t

# Names that begin with a dot are refused: that rules out `.` and `..` as well.
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
KEY_LIMIT = 200
PIECE_BYTES = 256 * 1024
"""What is read is given in pieces of at most so much."""


class StorageProblem(StrEnum):
    """What keeps a store from doing its work. Each has a sentence `storage.*` in the catalogue."""

    UNREACHABLE = "unreachable"
    """No connection, no answer in time, or one that says to come back later."""
    UNTRUSTED = "untrusted"
    """Its certificate is not trusted here."""
    DENIED = "denied"
    """The key is known, and may not do this."""
    BAD_KEY = "bad_key"
    """The key is not known, or the secret is not its own."""
    NO_BUCKET = "no_bucket"
    WRONG_REGION = "wrong_region"
    CLOCK = "clock"
    """This machine's clock is so wrong that requests are refused."""
    BROKEN = "broken"
    """What came is not what was asked for, or less than all of it."""
    CHANGED = "changed"
    """The file was replaced while it was read."""
    REFUSED = "refused"
    """Another refusal."""


_PASSING = {StorageProblem.UNREACHABLE, StorageProblem.BROKEN, StorageProblem.CHANGED}


class StorageUnavailable(ServiceUnavailable):
    """A store did not do its work."""

    def __init__(self, problem: StorageProblem) -> None:
        super().__init__(t(f"storage.{problem}"), retryable=problem in _PASSING)
        self.problem = problem


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

    Methods raise `NotFound` for a missing key, `InvalidInput` for a malformed one, and `StorageUnavailable`.
    """

    def put(self, key: str, source: Path) -> StoredMedia:
        """Store the file, replacing an older one at once and whole; the source is gone afterwards."""
        ...

    def size_bytes(self, key: str) -> int: ...

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Bytes from `start`, at most `length`, in pieces: all there are of them, or going through them raises."""
        ...

    def list_keys(self, prefix: str) -> list[str]:
        """Keys of all files below a prefix, sorted. Drafts that are still being written are none."""
        ...

    def measure(self, prefix: str) -> MediaUsage:
        """What is below a prefix; nothing when nothing is."""
        ...

    def delete(self, prefix: str) -> int:
        """Delete everything below a prefix, also what was never written to its end; gives the number of files."""
        ...


def is_key(key: str) -> bool:
    return len(key) <= KEY_LIMIT and _KEY.fullmatch(key) is not None


def checked_key(key: str) -> str:
    """The key itself. Raises: InvalidInput."""
    if not is_key(key):
        raise InvalidInput(t("refusal.recording_name"))
    return key

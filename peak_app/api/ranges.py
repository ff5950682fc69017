"""Which bytes of a file a request asks for (RFC 9110, 14). Pure."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From `start`, `length` bytes."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


class RangeNotSatisfiable(ValueError):
    """It begins behind the end of the file."""


def parse_range(header: str, size: int) -> ByteRange | None:
    """The part that is asked for; None for the whole file, also when the header is not understood or names several.

    Raises:
        RangeNotSatisfiable
    """
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise RangeNotSatisfiable
        return ByteRange(size - length, length)
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if start >= size:
        raise RangeNotSatisfiable
    return ByteRange(start, end - start + 1) if end >= start else None

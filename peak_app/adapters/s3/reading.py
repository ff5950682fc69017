"""Reading an object to its end, also when the connection does not last so long."""

import re
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from peak_app.adapters.s3.problems import status_of, translated
from peak_app.ports.storage import PIECE_BYTES, StorageProblem, StorageUnavailable

MOST_RESUMPTIONS = 3
"""So often in a row a reading goes on without having got a byte. A player that pauses costs one at a time."""
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


class ObjectReading:
    """A part of one version of an object, gone through once. Memory does not grow with its length.

    Making it sends the first request. Raises `NotFound` and `StorageUnavailable`, also while it is gone through: what
    it gave then is not all.

    Args:
        start, length: the part; `length` at least 1. What lies behind the end of the object is left out.
    """

    def __init__(self, client: Any, bucket: str, name: str, start: int, length: int) -> None:
        self._client = client
        self._place = {"Bucket": bucket, "Key": name}
        self._at, self._end = start, start + length
        self._body: Any = None
        self._open()

    def __iter__(self) -> Iterator[bytes]:
        silent = 0
        try:
            while self._at < self._end:
                piece = self._next_piece()
                if piece:
                    self._at += len(piece)
                    silent = 0
                    yield piece
                    continue
                silent += 1
                if silent > MOST_RESUMPTIONS:
                    raise StorageUnavailable(StorageProblem.BROKEN)
                self._open()
        finally:
            self._close()

    def _next_piece(self) -> bytes:
        """Nothing when the connection ended before its time."""
        try:
            return self._body.read(min(PIECE_BYTES, self._end - self._at))
        except (BotoCoreError, HTTPError, OSError):
            return b""

    def _open(self) -> None:
        self._close()
        with translated():
            try:
                answer = self._client.get_object(**self._place, Range=f"bytes={self._at}-{self._end - 1}")
            except ClientError as error:
                if status_of(error) != 416:
                    raise
                # It begins behind the end: there is nothing to read.
                self._end = self._at
                return
        self._body = answer["Body"]
        # Parts of two versions must not be put together.
        if tag := answer.get("ETag"):
            self._place["IfMatch"] = tag
        found = _CONTENT_RANGE.fullmatch(answer.get("ContentRange", ""))
        first, last, size = (int(number) for number in found.groups()) if found else (-1, -1, -1)
        # Who asked for a part and is given another one, or is told nothing of it, can't tell what it is a part of.
        if first != self._at or last >= min(self._end, size):
            self._close()
            raise StorageUnavailable(StorageProblem.BROKEN)
        self._end = min(self._end, size)

    def _close(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

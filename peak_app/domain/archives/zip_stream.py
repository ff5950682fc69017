"""A ZIP archive as a stream: nothing of it is ever whole, in memory or on a disk. Pure."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

_PIECE_BYTES = 64 * 1024


class _Sink:
    """What `zipfile` writes into. It can't go back in it, and so writes what it learns late behind each file."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing to do: what was written is taken by `take`."""

    @property
    def size(self) -> int:
        return len(self._held)

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


class ZipStream:
    """Files are added one after the other; each method gives the bytes that are ready, to be sent on at once."""

    def __init__(self, at: datetime) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", allowZip64=True)  # pyright: ignore[reportCallIssue, reportArgumentType]
        self._at = at

    def add(self, name: str, pieces: Iterable[bytes], *, is_compressed: bool = True) -> Iterator[bytes]:
        """One file of the archive. `name` is a path with slashes."""
        info = zipfile.ZipInfo(name, self._at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if is_compressed else zipfile.ZIP_STORED
        # A plain file that its owner reads and writes.
        info.external_attr = 0o100600 << 16
        # How large it becomes is not known before: it may need more than 4 GB.
        with self._zip.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                if self._sink.size >= _PIECE_BYTES:
                    yield self._sink.take()
        yield self._sink.take()

    def finish(self) -> Iterator[bytes]:
        """The list of files, without which an archive can't be opened."""
        self._zip.close()
        yield self._sink.take()

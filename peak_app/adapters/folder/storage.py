"""`MediaStore` in a folder of this machine."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from peak_app.errors import InvalidInput, NotFound
from peak_app.i18n.catalogue import t
from peak_app.ports.storage import PIECE_BYTES, MediaUsage, StoredMedia, checked_key, is_key


class FolderStore:
    """Keys are paths below `root`; nothing outside it is ever touched, also not through a link."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, source: Path) -> StoredMedia:
        path = self._path(key)
        if not source.is_file():
            raise NotFound(t("refusal.recording_gone"))
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            # Moving into the folder may be a copy between disks; the last step, within it, is one step for readers.
            shutil.move(source, draft)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return StoredMedia(key, path.stat().st_size)

    def size_bytes(self, key: str) -> int:
        return self._existing(key).stat().st_size

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        path = self._existing(key)
        if start < 0 or length < 0:
            raise InvalidInput(t("refusal.file_range"))
        return _pieces(path, start, length)

    def list_keys(self, prefix: str) -> list[str]:
        below = sorted(
            entry.relative_to(self._root).as_posix() for entry in self._path(prefix).rglob("*") if entry.is_file()
        )
        return [key for key in below if is_key(key)]

    def measure(self, prefix: str) -> MediaUsage:
        path = self._path(prefix)
        sizes = [entry.stat().st_size for entry in (path, *path.rglob("*")) if entry.is_file()]
        return MediaUsage(len(sizes), sum(sizes))

    def delete(self, prefix: str) -> int:
        path = self._path(prefix)
        if path.is_file():
            path.unlink()
            return 1
        if not path.is_dir():
            return 0
        count = sum(entry.is_file() for entry in path.rglob("*"))
        shutil.rmtree(path)
        return count

    def _existing(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise NotFound(t("refusal.recording_gone"))
        return path

    def _path(self, key: str) -> Path:
        path = self._root / checked_key(key)
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise InvalidInput(t("refusal.recording_name"))
        return path


def _pieces(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (piece := file.read(min(PIECE_BYTES, length))):
            length -= len(piece)
            yield piece

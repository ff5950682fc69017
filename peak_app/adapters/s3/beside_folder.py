"""A bucket, and the folder of this machine: what calls leave while they run, and what was kept before there was one."""

from collections.abc import Iterator
from pathlib import Path

from peak_app.errors import NotFound
from peak_app.ports.storage import MediaStore, MediaUsage, StoredMedia


class BucketBesideFolder:
    """Everything is stored in the bucket. What is in the folder is read, listed, measured and deleted as well."""

    def __init__(self, bucket: MediaStore, folder: MediaStore) -> None:
        self._bucket = bucket
        self._folder = folder

    def put(self, key: str, source: Path) -> StoredMedia:
        stored = self._bucket.put(key, source)
        # An older one there would show when this one is deleted.
        self._folder.delete(key)
        return stored

    def size_bytes(self, key: str) -> int:
        try:
            return self._bucket.size_bytes(key)
        except NotFound:
            return self._folder.size_bytes(key)

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        try:
            return self._bucket.read(key, start, length)
        except NotFound:
            return self._folder.read(key, start, length)

    def list_keys(self, prefix: str) -> list[str]:
        return sorted({*self._bucket.list_keys(prefix), *self._folder.list_keys(prefix)})

    def measure(self, prefix: str) -> MediaUsage:
        found = (self._bucket.measure(prefix), self._folder.measure(prefix))
        return MediaUsage(sum(each.file_count for each in found), sum(each.byte_count for each in found))

    def delete(self, prefix: str) -> int:
        # The bucket first: when it can't be reached, nothing is gone yet and all of it is tried again.
        return self._bucket.delete(prefix) + self._folder.delete(prefix)

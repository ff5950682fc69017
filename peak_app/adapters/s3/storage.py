"""`MediaStore` in a bucket of an S3-compatible service."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError

from peak_app.adapters.s3.client import s3_client
from peak_app.adapters.s3.problems import code_of, translated
from peak_app.adapters.s3.reading import ObjectReading
from peak_app.config import Settings
from peak_app.errors import InvalidInput, NotFound
from peak_app.i18n.catalogue import t
from peak_app.ports.outflows import Contact, Tell
from peak_app.ports.storage import (
    MediaUsage,
    StorageProblem,
    StorageUnavailable,
    StoredMedia,
    checked_key,
    is_key,
)

PART_BYTES = 16 * 1024 * 1024
"""Longer files go up in parts of so much, one at a time: that is the memory it takes. 10 000 of them are 156 GiB."""


class BucketStore:
    """Keys are names below the settings' prefix. Versions that the bucket keeps are deleted with their file.

    Args:
        tell: is told of what goes to the service and what is read from it.
        attempts: how often a request is made at most before it counts as failed.
    """

    def __init__(self, settings: Settings, *, tell: Tell, attempts: int = 3) -> None:
        self._client = s3_client(settings, attempts=attempts)
        self._bucket = settings.s3_bucket or ""
        self._prefix = f"{settings.s3_prefix}/" if settings.s3_prefix else ""
        self._host = settings.s3_host or ""
        self._tell = tell

    def put(self, key: str, source: Path) -> StoredMedia:
        name = self._name(key)
        if not source.is_file():
            raise NotFound(t("refusal.recording_gone"))
        size = source.stat().st_size
        # What someone left who was killed while storing this very file.
        self._abort_uploads(name, is_whole=True)
        self._tell(Contact(self._host, "storage", sent_bytes=size))
        with source.open("rb") as file, translated():
            if size <= PART_BYTES:
                self._client.put_object(Bucket=self._bucket, Key=name, Body=file.read())
            else:
                self._put_parts(name, file)
        if self._size_of(name) != size:
            raise StorageUnavailable(StorageProblem.BROKEN)
        source.unlink()
        return StoredMedia(key, size)

    def size_bytes(self, key: str) -> int:
        return self._size_of(self._name(key))

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        name = self._name(key)
        if start < 0 or length < 0:
            raise InvalidInput(t("refusal.file_range"))
        self._tell(Contact(self._host, "storage"))
        if length == 0:
            self._size_of(name)
            return iter(())
        return iter(ObjectReading(self._client, self._bucket, name, start, length))

    def list_keys(self, prefix: str) -> list[str]:
        below = self._name(prefix) + "/"
        keys = [name.removeprefix(self._prefix) for name, _size in self._objects(below) if name.startswith(below)]
        return sorted(key for key in keys if is_key(key))

    def measure(self, prefix: str) -> MediaUsage:
        name = self._name(prefix)
        sizes = [size for found, size in self._objects(name) if _is_within(found, name)]
        return MediaUsage(len(sizes), sum(sizes))

    def delete(self, prefix: str) -> int:
        name = self._name(prefix)
        self._abort_uploads(name)
        deleted: set[str] = set()
        for found, version in self._versions(name):
            if _is_within(found, name):
                which = {"VersionId": version} if version else {}
                with translated():
                    self._client.delete_object(Bucket=self._bucket, Key=found, **which)
                deleted.add(found)
        return len(deleted)

    def _name(self, key: str) -> str:
        return self._prefix + checked_key(key)

    def _put_parts(self, name: str, file: BinaryIO) -> None:
        place = {"Bucket": self._bucket, "Key": name}
        upload = {**place, "UploadId": self._client.create_multipart_upload(**place)["UploadId"]}
        try:
            parts: list[dict[str, Any]] = []
            while part := file.read(PART_BYTES):
                number = len(parts) + 1
                answer = self._client.upload_part(**upload, PartNumber=number, Body=part)
                parts.append({"PartNumber": number, "ETag": answer["ETag"]})
            self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        except BaseException:
            # Also when the run is told to stop. Parts without a file cost money and are still the person's voice.
            with suppress(ClientError, BotoCoreError):
                self._client.abort_multipart_upload(**upload)
            raise

    def _size_of(self, name: str) -> int:
        try:
            return self._client.head_object(Bucket=self._bucket, Key=name)["ContentLength"]
        except BotoCoreError:
            with translated():
                raise
        except ClientError as refused:
            # An answer to HEAD has no words: whether the file is missing or the bucket, only another request tells.
            with translated():
                self._client.list_objects_v2(Bucket=self._bucket, Prefix=name, MaxKeys=1)
                raise refused  # noqa: TRY201 - not what the second request ended with

    def _objects(self, start: str) -> Iterator[tuple[str, int]]:
        """Names that begin so, with their sizes."""
        with translated():
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=start):
                yield from ((found["Key"], found["Size"]) for found in page.get("Contents", ()))

    def _versions(self, start: str) -> Iterator[tuple[str, str | None]]:
        """Everything that is kept under names that begin so: files, older ones, and marks that say there is none."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=start)
        try:
            for page in pages:
                for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    yield found["Key"], found["VersionId"]
        except ClientError as error:
            if code_of(error) != "NotImplemented":
                with translated():
                    raise
            # A service that keeps no versions.
            yield from ((name, None) for name, _size in self._objects(start))
        except BotoCoreError:
            with translated():
                raise

    def _abort_uploads(self, name: str, *, is_whole: bool = False) -> None:
        """Give up uploads that were never completed, of this very name or also of those below it."""
        pages = self._client.get_paginator("list_multipart_uploads")
        with translated():
            for page in pages.paginate(Bucket=self._bucket, Prefix=name):
                for upload in page.get("Uploads", ()):
                    if upload["Key"] == name if is_whole else _is_within(upload["Key"], name):
                        with suppress(self._client.exceptions.NoSuchUpload):
                            self._client.abort_multipart_upload(
                                Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                            )


def _is_within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}/")

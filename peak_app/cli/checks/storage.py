"""Where recordings are kept."""

import os
import secrets
import tempfile
from pathlib import Path

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.config import Settings
from peak_app.errors import PeakError
from peak_app.ports.outflows import tell_nobody
from peak_app.ports.storage import StorageProblem, StorageUnavailable

_PLACE = ("PEAK_S3_BUCKET", "PEAK_S3_ENDPOINT", "PEAK_S3_REGION")
_KEYS = ("PEAK_S3_ACCESS_KEY_ID", "PEAK_S3_SECRET_ACCESS_KEY")
_TO_CHANGE = {
    StorageProblem.UNREACHABLE: ("PEAK_S3_ENDPOINT",),
    StorageProblem.UNTRUSTED: ("PEAK_S3_ENDPOINT",),
    StorageProblem.DENIED: _KEYS,
    StorageProblem.BAD_KEY: _KEYS,
    StorageProblem.NO_BUCKET: ("PEAK_S3_BUCKET",),
    StorageProblem.WRONG_REGION: ("PEAK_S3_REGION",),
}


def storage(settings: Settings) -> Finding:
    return _folder(settings) if settings.s3_bucket is None else _bucket(settings)


def _bucket(settings: Settings) -> Finding:
    """Writes a small file, reads a part of it and deletes it again."""
    from peak_app.adapters.s3.storage import BucketStore  # noqa: PLC0415 - the SDK takes a while to load

    where = f"the bucket {settings.s3_bucket} at {settings.s3_host}"
    key, content = f"doctor/{secrets.token_hex(8)}", secrets.token_bytes(64)
    doing = "written"
    try:
        store = BucketStore(settings, tell=tell_nobody, attempts=1)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "file"
            file.write_bytes(content)
            store.put(key, file)
        doing = "read"
        if b"".join(store.read(key, 8, 16)) != content[8:24]:
            sentence = f"what is read from {where} is not what was written"
            return Finding("Storage", Verdict.WRONG, sentence, Source.CONFIGURED, _PLACE)
        doing = "deleted"
        store.delete(key)
    except StorageUnavailable as error:
        sentence = f"a file can't be {doing} in {where}: {error.problem.replace('_', ' ')}"
        change = _TO_CHANGE.get(error.problem, _PLACE)
        return Finding("Storage", Verdict.WRONG, sentence, Source.CONFIGURED, change)
    except PeakError:
        sentence = f"what was just written to {where} is not there"
        return Finding("Storage", Verdict.WRONG, sentence, Source.CONFIGURED, _PLACE)
    sentence = f"{where} takes, gives and deletes recordings"
    return Finding("Storage", Verdict.OK, sentence, Source.CONFIGURED, _PLACE)


def _folder(settings: Settings) -> Finding:
    media = settings.media_home
    if media.exists() and not os.access(media, os.R_OK | os.W_OK | os.X_OK):
        sentence = f"{media} can't be read and written by this account"
        return Finding("Storage", Verdict.WRONG, sentence, Source.EMBEDDED, ("PEAK_HOME", "PEAK_S3_BUCKET"))
    files = [path for path in media.rglob("*") if path.is_file()] if media.is_dir() else []
    size = sum(path.stat().st_size for path in files) / (1 << 20)
    sentence = f"recordings are kept in {media}, {size:.0f} MiB in {len(files)} files now"
    return Finding("Storage", Verdict.OK, sentence, Source.EMBEDDED, ("PEAK_HOME", "PEAK_S3_BUCKET"))

"""Where recordings are kept."""

import os

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.config import Settings


def storage(settings: Settings) -> Finding:
    media = settings.media_home
    if media.exists() and not os.access(media, os.R_OK | os.W_OK | os.X_OK):
        sentence = f"{media} can't be read and written by this account"
        return Finding("Storage", Verdict.WRONG, sentence, Source.EMBEDDED, ("PEAK_HOME",))
    files = [path for path in media.rglob("*") if path.is_file()] if media.is_dir() else []
    size = sum(path.stat().st_size for path in files) / (1 << 20)
    sentence = f"recordings are kept in {media}, {size:.0f} MiB in {len(files)} files now"
    return Finding("Storage", Verdict.OK, sentence, Source.EMBEDDED, ("PEAK_HOME",))

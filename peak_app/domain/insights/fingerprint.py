"""Fingerprints of inputs: a step whose input has the same one has nothing to do."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any


def fingerprint(*parts: Any) -> str:
    """64 hex digits that change with any part. Parts are JSON values."""
    document = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(document.encode()).hexdigest()


def file_fingerprint(files: Iterable[tuple[str, int, int]]) -> str:
    """As `fingerprint`, of files by name, size in bytes and time of change in ns."""
    return fingerprint([list(file) for file in sorted(files)])

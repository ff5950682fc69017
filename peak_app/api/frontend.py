"""The compiled pages: where they are, and which of their scripts we vouch for."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from reflex.utils.prerequisites import get_web_dir

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


def pages_folder() -> Path:
    return get_web_dir() / "build" / "client"


def hashes_of(html: bytes) -> set[str]:
    """Source expressions for the inline scripts of a page."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(html))
    return {f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests}


@cache
def inline_script_hashes() -> str:
    """For `script-src`: all inline scripts of the built pages, so that no others run. Read once, at the first page."""
    found: set[str] = set()
    for page in pages_folder().rglob("*.html"):
        found |= hashes_of(page.read_bytes())
    return " ".join(sorted(found))

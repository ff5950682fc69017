"""What a file is, by its bytes; and the text of those that are text."""

import codecs
import re
from typing import Literal

FileKind = Literal["pdf", "zip", "old_office", "rtf", "page", "text", "binary"]

_PDF_WITHIN = 1024
"""Readers of PDF accept so many bytes of anything before its mark."""
_PAGE = re.compile(
    r"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype|html|head|body|script|style|iframe|svg|\?xml|\?php|meta|title)\b|<script[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_SAMPLE = 4096
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_FOREIGN_SHARE = 0.3
"""Of letters beyond ASCII in a text of one byte a letter; more of them are no words."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def kind_of(content: bytes) -> FileKind:
    """Names and media types are the sender's; bytes decide."""
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return "pdf"
    if content.startswith(b"PK"):
        return "zip"
    if content.startswith(bytes.fromhex("d0cf11e0a1b11ae1")):
        return "old_office"
    if content.startswith(b"{\\rtf"):
        return "rtf"
    text = decoded(content)
    if text is None:
        return "binary"
    return "page" if _PAGE.match(text[:_SAMPLE].lstrip("\ufeff")) or "<script" in text[:_SAMPLE].lower() else "text"


def decoded(content: bytes) -> str | None:
    """The text, as UTF-8, as UTF-16 with its mark, or as Windows writes it in the west; None: it is none."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    text = _decoded(content, "utf-8")
    if text is None:
        text = _decoded(content, "cp1252")
        if text is not None and sum(letter > "\x7f" for letter in text) > len(text) * _FOREIGN_SHARE:
            return None
    return text


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else text

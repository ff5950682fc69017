"""A file on the input as JSON on the output, `{"text", "characters"}` or `{"refused"}`:
`python -m peak_app.adapters.documents.page {kind} {most characters}`.

A process of its own, for files of strangers: it has little memory and little time, no way to write a file, and knows
nothing of the installation.
"""

import io
import json
import os
import re
import resource
import sys
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PyPdfError

from peak_app.adapters.documents.office import text_of_docx
from peak_app.adapters.documents.plain import decoded
from peak_app.adapters.documents.refusals import Refused

MOST_PAGES = 300
_MOST_COUNTED = 1_000_000
"""Characters after which nobody counts any more."""
_MOST_MEMORY_BYTES = 700_000_000
"""Of address space; the readers themselves take 200 MB."""
_MOST_CPU_S = 12
_JUNK = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd]")
_BLANK_LINES = re.compile(r"\n{3,}")


def main() -> None:
    kind, most = sys.argv[1], int(sys.argv[2])
    _limit()
    content = sys.stdin.buffer.read()
    try:
        answer: dict[str, object] = _read(kind, content, most)
    except Refused as refused:
        answer = {"refused": refused.reason}
    except (MemoryError, RecursionError):
        answer = {"refused": "too_much"}
    # Readers fail in many ways at what is not what it pretends to be.
    except Exception:
        answer = {"refused": "damaged"}
    sys.stdout.write(json.dumps(answer))


def _limit() -> None:
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_S, _MOST_CPU_S))
    # Nothing of a stranger's file is ever written; an image of memory has private words in it.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(kind: str, content: bytes, most: int) -> dict[str, object]:
    pieces: list[str] = []
    length = 0
    for piece in _pieces(kind, content):
        pieces.append(piece)
        length += len(piece) + 1
        if length > _MOST_COUNTED:
            break
    text = _tidied("\n".join(pieces))
    if not re.search(r"\w", text):
        raise Refused("no_text")
    return {"text": text[:most].rstrip(), "characters": len(text)}


def _pieces(kind: str, content: bytes) -> Iterator[str]:
    if kind == "pdf":
        yield from _text_of_pdf(content)
    elif kind == "zip":
        yield from text_of_docx(content)
    else:
        yield decoded(content) or ""


def _text_of_pdf(content: bytes) -> Iterator[str]:
    try:
        reader = PdfReader(io.BytesIO(content))
        # Many a PDF is locked against changes only, and opens without a password.
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("locked")
        if len(reader.pages) > MOST_PAGES:
            raise Refused("pages")
        for page in reader.pages:
            yield page.extract_text()
    except LimitReachedError:
        raise Refused("bomb") from None
    except PyPdfError:
        raise Refused("damaged") from None


def _tidied(text: str) -> str:
    lines = (line.rstrip() for line in _JUNK.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


if __name__ == "__main__":
    main()

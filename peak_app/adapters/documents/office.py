"""The words of a Word document. Its parts are counted and measured before any of them is unpacked."""

import io
import zipfile
from collections.abc import Iterator

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph

from peak_app.adapters.documents.refusals import Refused

MOST_PARTS = 3_000
MOST_UNPACKED = 60 * 1024**2
"""Bytes of all parts together, pictures among them."""
MOST_XML = 20 * 1024**2
"""Bytes of one part of XML: a book of a thousand pages has less."""
_WORDS = "word/document.xml"
_DOCUMENT_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MOST_DEPTH = 6
"""Tables within tables."""


def text_of_docx(content: bytes) -> Iterator[str]:
    """Paragraphs and cells, in the order of the document. Raises: Refused."""
    _check_parts(content)
    try:
        document = Document(io.BytesIO(content))
    except (PackageNotFoundError, KeyError, ValueError):
        raise Refused("damaged") from None
    yield from _blocks(document, 0)


def _check_parts(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Refused("bomb")
            if any(part.flag_bits & 1 for part in parts):
                raise Refused("locked")
            names = [part.filename for part in parts]
            if len(set(names)) != len(names):
                raise Refused("damaged")
            if any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in names):
                raise Refused("macros")
            if _WORDS not in names or "[Content_Types].xml" not in names:
                raise Refused("not_word")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    if part.file_size > MOST_XML:
                        raise Refused("bomb")
                    # A document type can define words that grow without end when they are read.
                    if b"<!DOCTYPE" in package.read(part) or b"<!ENTITY" in package.read(part):
                        raise Refused("damaged")
            types = package.read("[Content_Types].xml")
            if b"macroEnabled" in types:
                raise Refused("macros")
            if _DOCUMENT_TYPE not in types:
                raise Refused("not_word")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError):
        raise Refused("damaged") from None


def _blocks(holder: object, depth: int) -> Iterator[str]:
    if depth > _MOST_DEPTH:
        return
    for block in holder.iter_inner_content():  # pyright: ignore[reportAttributeAccessIssue]  # documents and cells
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Table):
            seen: set[object] = set()
            for row in block.rows:
                for cell in row.cells:
                    # A cell that spans several stands in each of their places.
                    if cell._tc not in seen:
                        seen.add(cell._tc)
                        yield from _blocks(cell, depth + 1)

"""No address in what a person gives us is ever asked: whatever a file says, nobody connects anywhere."""

import io
import socket
from collections.abc import Iterator

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link

from peak_app.adapters.documents.reader import FileReader
from tests.unit.documents import files


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    """Listens where the files point to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def is_untouched(ear: socket.socket) -> bool:
    try:
        ear.accept()[0].close()
    except BlockingIOError:
        return True
    return False


def url_of(ear: socket.socket) -> str:
    return f"http://127.0.0.1:{ear.getsockname()[1]}/seen"


def test_a_word_document_with_pictures_templates_and_links_elsewhere_is_read_for_its_words(ear: socket.socket) -> None:
    kinds = ("image", "attachedTemplate", "hyperlink", "oleObject", "subDocument", "frame")
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "".join(
        f'<Relationship Id="x{number}" Type="{base}/{kind}" Target="{url_of(ear)}" TargetMode="External"/>'
        for number, kind in enumerate(kinds)
    )
    plain = files.docx("Ann Example, engineer")
    known = files.part(plain, "word/_rels/document.xml.rels")
    whole = known.replace(b"</Relationships>", f"{relations}</Relationships>".encode())
    found = FileReader().read(files.changed(plain, {"word/_rels/document.xml.rels": whole}), 1_000)
    assert "Ann Example, engineer" in found.text
    assert is_untouched(ear)


def test_a_pdf_that_wants_to_open_an_address_is_read_for_its_words(ear: socket.socket) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(files.pdf("Ann Example, engineer"))))
    writer.add_uri(0, url_of(ear), (0, 0, 500, 500))
    writer.add_annotation(0, Link(rect=(0, 0, 500, 500), url=url_of(ear)))
    out = io.BytesIO()
    writer.write(out)
    found = FileReader().read(out.getvalue(), 1_000)
    assert "engineer" in found.text
    assert is_untouched(ear)


def test_a_text_of_addresses_stays_a_text(ear: socket.socket) -> None:
    text = f"![me]({url_of(ear)}) <img src='{url_of(ear)}'> file:///etc/passwd"
    assert FileReader().read(text.encode(), 1_000).text == text
    assert is_untouched(ear)

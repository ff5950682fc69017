"""The text in files of strangers, and what is refused. Each file is read by the real reader, in its own process."""

import zipfile
from io import BytesIO

import pytest

from peak_app.adapters.documents.plain import kind_of
from peak_app.adapters.documents.reader import FileReader
from peak_app.adapters.documents.refusals import SENTENCES
from peak_app.errors import InvalidInput
from tests.unit.documents import files

WORD = files.docx("Ann Example, engineer", "Led the move to events.", cells=[["2024", "Lead"], ["2022", "Developer"]])
BOMB = files.changed(WORD, {"word/media/image1.png": bytes(80 * 1024**2)})
ENTITIES = b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>"


@pytest.fixture(scope="module")
def reader() -> FileReader:
    return FileReader()


def test_a_pdf_gives_its_lines(reader: FileReader):
    found = reader.read(files.pdf("Ann Example, engineer", "Led the move to events."), 1_000)

    assert found.text.split() == ["Ann", "Example,", "engineer", "Led", "the", "move", "to", "events."]


def test_a_word_document_gives_paragraphs_and_cells_in_their_order(reader: FileReader):
    found = reader.read(WORD, 1_000)

    assert found.text.split("\n") == [
        "Ann Example, engineer",
        "Led the move to events.",
        "2024",
        "Lead",
        "2022",
        "Developer",
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"# Notes\r\n\r\n\r\n\r\n- one \t\r\n", "# Notes\n\n- one"),
        ("Größe, 🎯 and שלום".encode(), "Größe, 🎯 and שלום"),
        ("\ufeffGröße".encode(), "Größe"),
        ("Größe".encode("utf-16"), "Größe"),
        ("Lebenslauf: Größe und Straße im Jahr".encode("cp1252"), "Lebenslauf: Größe und Straße im Jahr"),
        (b"if a < b then <b>bold</b>", "if a < b then <b>bold</b>"),
        ("turned \u202earound".encode(), "turned around"),
    ],
)
def test_a_text_is_taken_as_it_is(reader: FileReader, content: bytes, text: str):
    assert reader.read(content, 1_000).text == text


def test_a_long_text_gives_its_beginning_and_says_how_long_it_was(reader: FileReader):
    found = reader.read(b"word " * 1_000, 100)

    assert (len(found.text), found.characters) == (99, 4_999)


def test_a_pdf_that_is_locked_against_changes_only_is_read(reader: FileReader):
    assert "Ann Example" in reader.read(files.locked_pdf("", owner="secret"), 1_000).text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (files.locked_pdf("secret", owner="secret"), "locked"),
        (files.pdf(), "no_text"),
        (files.pages(301), "pages"),
        (b"%PDF-1.7\n" + b"junk " * 1_000, "damaged"),
        (files.pdf("Ann")[:200], "damaged"),
        (WORD[:3_000], "damaged"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
        (BOMB, "bomb"),
        (files.changed(WORD, {"word/document.xml": ENTITIES + b"<w/>"}), "damaged"),
        (files.changed(WORD, {"word/document.xml": b"<not closed"}), "damaged"),
        (files.changed(WORD, {"word/vbaProject.bin": b"\0"}), "macros"),
        (files.packed(**{"hello.txt": b"hello"}), "not_word"),
        (files.packed(**{"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "not_word"),
        (files.docx(""), "no_text"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), "old_office"),
        (b"{\\rtf1 hello}", "rtf"),
        (b"<!DOCTYPE html><title>x</title>", "page"),
        (b"\n <!-- hi --> <HTML><body onload=alert(1)>", "page"),
        (b"# Notes\n<script>alert(1)</script>", "page"),
        (b'<?xml version="1.0"?><svg/>', "page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "binary"),
        (b"MZ" + bytes(64), "binary"),
        (bytes(range(256)) * 40, "binary"),
        (b" \n\t ", "no_text"),
    ],
)
def test_what_is_no_document_is_refused_with_a_sentence(reader: FileReader, content: bytes, reason: str):
    with pytest.raises(InvalidInput) as refused:
        reader.read(content, 1_000)

    assert refused.value.sentence == SENTENCES[reason]


def test_macros_are_told_by_what_a_document_says_it_is(reader: FileReader):
    with zipfile.ZipFile(BytesIO(WORD)) as package:
        types = package.read("[Content_Types].xml")
    main = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    macro = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    with pytest.raises(InvalidInput) as refused:
        reader.read(files.changed(WORD, {"[Content_Types].xml": types.replace(main, macro)}), 1_000)

    assert refused.value.sentence == SENTENCES["macros"]


def test_a_file_that_eats_memory_or_time_is_given_up(reader: FileReader):
    """A stream of a gigabyte in a few kilobytes, packed twice."""
    import zlib

    inner = zlib.compress(zlib.compress(bytes(2**29), 9), 9)
    bomb = files.pdf("x").replace(b"<< /Length ", b"<< /Filter [/FlateDecode /FlateDecode] /Length ")
    stream = bomb.index(b"stream\n") + len(b"stream\n")
    end = bomb.index(b"\nendstream")
    with pytest.raises(InvalidInput) as refused:
        reader.read(bomb[:stream] + inner + bomb[end:], 1_000)

    assert refused.value.sentence in SENTENCES.values()


def test_nothing_that_begins_like_a_page_takes_long_to_tell():
    assert kind_of(b"<!-- a -->" * 20_000) == "text"
    assert kind_of(b"<!-- a -->" * 50 + b"<html>") == "page"


@pytest.mark.parametrize("name", ["resume.pdf.exe", "cv.docx"])
def test_names_prove_nothing(name: str):
    assert kind_of(name.encode()) == "text"

"""A report for paper, and what the typesetter makes of it."""

import json
import re
import tempfile
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from peak_app.adapters.typst.typesetter import TypstTypesetter
from peak_app.domain.exports.outline import outline_of
from peak_app.domain.exports.paper import MOST_MARKS, is_right_to_left, to_paper, without_piles
from peak_app.errors import ServiceUnavailable
from tests.unit.exports.reports import LINES, TITLE, report_of

TYPESETTER = TypstTypesetter()


def _pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_every_text_says_how_it_runs():
    document = json.loads(to_paper(outline_of(report_of())))
    assert document["title"] == {"text": TITLE, "rtl": False}
    assert [line["text"] for line in document["transcript"]] == [
        {"text": line.text, "rtl": line.id == "L4"} for line in LINES
    ]


@pytest.mark.parametrize("title", ["Round one", "#panic() $ [ */ \\ \" ' <b>", "ראיון", "", "x" * 500, "面接 🙂"])
def test_any_title_makes_a_pdf(title: str):
    assert TYPESETTER.typeset(to_paper(outline_of(report_of(title=title)))).startswith(b"%PDF-1.")


@pytest.mark.parametrize(
    "title",
    ['#import "@preview/cetz:0.3.1"', '#read("/etc/passwd")', '#image("http://127.0.0.1:9/x.png")', "#include(sys)"],
)
def test_a_title_that_is_typesetting_is_printed_and_neither_reads_nor_fetches(title: str):
    made = TYPESETTER.typeset(to_paper(outline_of(report_of(title=title))))
    printed = "".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)
    assert title[:5] in printed
    assert "root:" not in printed


def test_a_silent_meeting_is_one_page():
    assert _pages(TYPESETTER.typeset(to_paper(outline_of(report_of([]))))) == 1


def test_what_is_no_report_gives_no_pdf_and_a_sentence():
    with pytest.raises(ServiceUnavailable) as raised:
        TYPESETTER.typeset("[]")
    assert not raised.value.retryable


def test_a_document_that_takes_all_memory_is_given_up_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    document = json.loads(to_paper(outline_of(report_of([LINES[0]] * 8))))
    for line in document["transcript"]:
        line["text"]["text"] = "a" + "\u0301" * 9_998
    with pytest.raises(ServiceUnavailable):
        TYPESETTER.typeset(json.dumps(document))
    assert list(tmp_path.iterdir()) == []


def test_a_letter_carries_so_many_marks_and_no_more():
    pile = "\u0301" * 500
    line = LINES[1].model_copy(update={"text": f"a{pile}b", "original_text": pile})
    document = to_paper(outline_of(report_of([line])))
    assert document.count("\u0301") == 2 * MOST_MARKS


def test_three_hours_make_a_pdf():
    lines = [
        LINES[1].model_copy(update={"id": f"L{number}", "start_ms": number * 7_000, "end_ms": number * 7_000 + 6_000})
        for number in range(1_500)
    ]
    assert _pages(TYPESETTER.typeset(to_paper(outline_of(report_of(lines))))) > 100


@pytest.mark.parametrize("text", ["Nguyễn", "שָׁלוֹם", "क्षत्रिय", "❤️ 👨‍👩‍👧", "ก็ ที่", "", "a" + "\u0301" * MOST_MARKS])
def test_written_language_stays_as_it_is(text: str):
    assert without_piles(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("שלום world", True), ("12 مرحبا", True), ("hello שלום", False), ("...", False), ("", False)],
)
def test_a_text_runs_as_its_first_letter_does(text: str, expected: bool):
    assert is_right_to_left(text) is expected

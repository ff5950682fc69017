"""A report for paper, and what the typesetter makes of it."""

import json
import re

import pytest

from peak_app.adapters.typst.typesetter import TypstTypesetter
from peak_app.domain.exports.outline import outline_of
from peak_app.domain.exports.paper import is_right_to_left, to_paper
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


def test_a_silent_meeting_is_one_page():
    assert _pages(TYPESETTER.typeset(to_paper(outline_of(report_of([]))))) == 1


def test_what_is_no_report_gives_no_pdf_and_a_sentence():
    with pytest.raises(ServiceUnavailable) as raised:
        TYPESETTER.typeset("[]")
    assert not raised.value.retryable


@pytest.mark.parametrize(
    ("text", "expected"),
    [("שלום world", True), ("12 مرحبا", True), ("hello שלום", False), ("...", False), ("", False)],
)
def test_a_text_runs_as_its_first_letter_does(text: str, expected: bool):
    assert is_right_to_left(text) is expected

"""A report on paper."""

import re

import pytest

from peak_app.domain.exports.outline import outline_of
from peak_app.domain.exports.pdf import is_right_to_left, to_pdf
from tests.unit.exports.reports import report_of


@pytest.mark.parametrize("title", ["Round one", "#panic() $ [ */ \\ \" ' <b>", "ראיון", "", "x" * 500, "面接 🙂"])
def test_any_title_makes_a_pdf(title: str):
    assert to_pdf(outline_of(report_of(title=title))).startswith(b"%PDF-1.")


def test_a_silent_meeting_is_one_page():
    pdf = to_pdf(outline_of(report_of([])))
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("שלום world", True), ("12 مرحبا", True), ("hello שלום", False), ("...", False), ("", False)],
)
def test_a_text_runs_as_its_first_letter_does(text: str, expected: bool):
    assert is_right_to_left(text) is expected

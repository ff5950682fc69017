"""A report as Markdown."""

import re

import pytest

from peak_app.domain.exports.markdown import plain, to_markdown
from peak_app.domain.exports.outline import outline_of
from peak_app.domain.scorecards.scorecard import CriterionResult
from peak_app.i18n.catalogue import t
from tests.unit.exports.reports import TITLE, report_of


def test_a_report_has_everything_in_its_order():
    text = to_markdown(outline_of(report_of()))
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == [
        t("summary.overview"),
        t("summary.questions"),
        t("summary.strengths"),
        t("summary.next_steps"),
        t("tab.scorecard"),
        t("export.delivery"),
        t("receipt.title"),
        t("tab.transcript"),
    ]
    assert "26 Nov 2026, 18:05 (UTC)" in text
    assert f"- {t('export.focus')}: Give \\<numbers\\>. # And \\| reasons.\n" in text
    assert "You moved \\| services. (0:05)" in text
    assert t("summary.stretch", start="0:00", end="0:25") in text
    assert "| End of turn | 450 ms | 450 ms |" in text
    assert "~~And why?~~" in text
    assert f"*{t('transcript.heard')} Um, I moved three services.*" in text
    assert t("export.outdated") in text


def test_a_criterion_without_a_number_for_misheard_words_says_so():
    report = report_of()
    assert report.scorecard is not None
    report.scorecard.content.results[0] = CriterionResult(
        criterion_id=report.scorecard.content.results[0].criterion_id, is_doubtful=True
    )
    assert t("scorecard.doubtful") in to_markdown(outline_of(report))


def test_words_that_look_like_markup_are_shown_as_words():
    text = to_markdown(outline_of(report_of()))
    assert text.startswith("# \\# Round \\<b\\>one\\</b\\> \\*two\\* \\[x\\](http:\u2060//y) \\\\ \\`z\\` #panic()\n")
    assert not re.search(r"(?<!\\)<", text)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("# no heading", "\\# no heading"),
        ("- no list\n- at all", "\\- no list - at all"),
        ("= rule", "\\= rule"),
        ("a_b*c~d|e", "a\\_b\\*c\\~d\\|e"),
        ("$x$ & <br>", "\\$x\\$ \\& \\<br\\>"),
        ("3 apples", "3 apples"),
        ("3. apples", "3\u2060. apples"),
        ("  ", ""),
        ("See https://a.example, HTTP://B.example", "See https:\u2060//a.example, HTTP:\u2060//B.example"),
        ("www.a.example or WWW.b.example", "www\u2060.a.example or WWW\u2060.b.example"),
        ("ann@a.example, mailto:bob@b.example", "ann\u2060@a.example, mailto:bob\u2060@b.example"),
        ("Ratio 1: 2 // half. Www", "Ratio 1: 2 // half. Www"),
        ("About C #", "About C \\#"),
        ("About ##", "About #\\#"),
        ("#", "\\#"),
    ],
)
def test_text_stays_text(words: str, shown: str):
    assert plain(words) == shown


def test_a_silent_meeting_says_so_and_invents_nothing():
    text = to_markdown(outline_of(report_of([], title="Quiet")))
    assert t("summary.silent_text") in text
    assert "##" not in text
    assert TITLE not in text

"""What the page shows of a scorecard: numbers with their evidence, stories with their parts, and what changed."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from peak_app.config import EMBEDDED_MODEL
from peak_app.domain.insights.lines import Line
from peak_app.domain.scorecards.coverage import Coverage, Gap
from peak_app.domain.scorecards.rubric import Criterion, Rubric
from peak_app.domain.scorecards.scorecard import CriterionResult, ScorecardContent
from peak_app.domain.scorecards.service import ScorecardView
from peak_app.domain.scorecards.stories import stories_of
from peak_app.i18n.catalogue import t
from peak_app.ports.language import Citation
from peak_app.state.insight_rows import LineRow, line_rows
from peak_app.state.scorecard_rows import (
    change_rows,
    criterion_result_rows,
    engine_line,
    mean_texts,
    story_rows,
    version_line,
)
from tests.unit.scorecards.scripted import lines_of_talk

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LEVELS = ("None.", "A little.", "Some.", "Most.", "All.")
RUBRIC = Rubric("Ours", 3, tuple(Criterion(name, name.title(), "It shows.", LEVELS) for name in ("result", "calm")))
LINES = lines_of_talk(
    "A: Tell me about a time you solved a problem.", "C: Last year our server was slow. I added an index to the table."
)


def places(lines: list[Line] = LINES) -> dict[str, LineRow]:
    return {row.line_id: row for row in line_rows(lines, "Ada")}


def result(criterion_id: str, score: int | None, *line_ids: str) -> CriterionResult:
    quotes = [Citation(line_id=line_id, quote="I added an index") for line_id in line_ids]
    return CriterionResult(criterion_id=criterion_id, score=score, quotes=quotes)


def scorecard(*results: CriterionResult, gap: Gap | None = None) -> ScorecardView:
    return ScorecardView(
        scorecard_id=UUID(int=1),
        meeting_id=UUID(int=2),
        rubric=RUBRIC,
        content=ScorecardContent(
            results=list(results),
            stories=stories_of(LINES),
            coverage=Coverage(answers=2, words=90, unclear_share=0.0, gap=gap),
        ),
        engine="gpt-5.4-mini",
        prompt_version="2026-11-2/abc",
        created_at=NOW,
    )


def test_a_score_comes_with_its_level_and_words_and_the_rest_says_that_evidence_is_missing() -> None:
    scored, without = criterion_result_rows(scorecard(result("result", 4, "L2", "L99")), places())

    assert (scored.name, scored.score, scored.score_text, scored.level) == ("Result", 4, "4 of 5", "Most.")
    assert [(quote.line_id, quote.at) for quote in scored.quotes] == [("L2", "0:20")]
    assert (without.score, without.score_text, without.level) == (0, "Not enough evidence", "")


def test_words_that_may_have_been_misheard_are_the_reason_for_no_number() -> None:
    doubtful = CriterionResult(criterion_id="result", is_doubtful=True)
    row, _ = criterion_result_rows(scorecard(doubtful), places())

    assert (row.score_text, row.remark) == ("Not enough evidence", t("scorecard.doubtful"))
    assert mean_texts(scorecard(gap="doubtful")) == ("", t("scorecard.gap_doubtful"))


def test_a_mean_says_how_many_criteria_it_covers_and_why_there_is_none() -> None:
    assert mean_texts(scorecard(result("result", 4), result("calm", 3)))[0] == "3.5"
    mean, text = mean_texts(scorecard(result("result", 4), result("calm", None)))
    assert (mean, "1 of 2" in text) == ("4.0", True)
    assert mean_texts(scorecard(result("calm", None))) == ("", t("scorecard.no_mean", scored=0, all=1))
    assert mean_texts(scorecard(gap="little")) == ("", t("scorecard.gap_little"))
    assert mean_texts(scorecard(gap="unclear")) == ("", t("scorecard.gap_unclear"))


def test_engine_rubric_and_prompts_are_named_and_rules_never_pass_for_a_model() -> None:
    made = scorecard()

    assert "gpt-5.4-mini" in engine_line(made)
    assert engine_line(replace(made, engine=EMBEDDED_MODEL)) == t("scorecard.by_rules")
    assert engine_line(replace(made, engine="")) == ""
    for part in ("“Ours”", "version 3", "2026-11-2/abc", "12:00"):
        assert part in version_line(made, UTC, NOW)


def test_the_words_of_each_part_are_marked_and_the_missing_part_is_a_question() -> None:
    (row,) = story_rows(stories_of(LINES), places())

    assert row.question == "Tell me about a time you solved a problem."
    assert "".join(piece.text for piece in row.pieces).strip() == LINES[1].text
    assert [(piece.text, piece.label) for piece in row.pieces if piece.part] == [
        ("Last year our server was slow.", "Situation"),
        ("I added an index to the table.", "Action"),
    ]
    assert [(share.part, bool(share.share)) for share in row.shares] == [
        ("situation", True),
        ("task", False),
        ("action", True),
        ("result", False),
    ]
    assert row.missing == t("scorecard.ask_result")


def test_words_that_were_corrected_since_are_shown_without_marks() -> None:
    longer = [LINES[0], LINES[1].model_copy(update={"text": "Well, " + LINES[1].text})]

    (row,) = story_rows(stories_of(LINES), places(longer))

    assert [(piece.text.strip(), piece.part) for piece in row.pieces] == [(longer[1].text, "")]


def test_a_story_whose_lines_are_not_on_the_page_is_left_out() -> None:
    assert story_rows(stories_of(LINES), places(LINES[:1])) == []


def test_two_scorecards_are_compared_criterion_by_criterion() -> None:
    other = Rubric("Newer", 1, (RUBRIC.criteria[0], Criterion("pace", "Pace", "It shows.", LEVELS)))
    now = replace(scorecard(result("result", 2), result("pace", 3)), rubric=other)
    before = scorecard(result("result", 4), result("calm", None))

    rows = [(row.name, row.before, row.now, row.direction) for row in change_rows(now, before)]

    none = t("numbers.none")
    assert rows == [
        ("Result", "4 of 5", "2 of 5", "down"),
        ("Pace", none, "3 of 5", ""),
        ("Calm", "Not enough evidence", none, ""),
    ]
    assert [row.direction for row in change_rows(before, now)] == ["up", "", ""]
    assert [row.direction for row in change_rows(now, now)] == ["same", "same"]

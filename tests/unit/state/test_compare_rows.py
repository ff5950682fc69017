"""Two attempts side by side: differences with sign and in words, and only where both numbers mean the same."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC

from peak_app.config import EMBEDDED_MODEL
from peak_app.domain.progress.attempts import Attempt
from peak_app.domain.progress.service import Comparison
from peak_app.domain.scorecards.rubric import Criterion, Rubric
from peak_app.i18n.catalogue import t
from peak_app.state.compare_rows import delivery_rows, head_of, length_row, score_rows
from tests.unit.progress.attempts import LEVELS, NOW, RUBRIC, RUBRICS, attempt

NONE = t("numbers.none")


def both(first: Attempt, second: Attempt, rubrics: Mapping[str, Rubric] = RUBRICS) -> Comparison:
    return Comparison(first, second, rubrics)


def told(rows) -> list[tuple[str, str, str, str]]:
    return [(row.name, row.first, row.second, row.change) for row in rows]


def test_scores_of_one_rubric_are_subtracted():
    rows = score_rows(both(attempt(2, {"result": 2, "depth": 4}), attempt(1, {"result": 5, "depth": 3})))

    assert told(rows) == [
        ("Overall", "3", "4", "+1, higher"),
        ("Result", "2", "5", "+3, higher"),
        ("Depth", "4", "3", "\u22121, lower"),
    ]
    assert [row.way for row in rows] == ["up", "up", "down"]


def test_equal_scores_and_missing_ones_say_so():
    rows = score_rows(both(attempt(2, {"result": 2, "depth": None}), attempt(1, {"result": 2, "depth": 3})))

    assert told(rows)[1:] == [("Result", "2", "2", "0, the same"), ("Depth", "Not enough evidence", "3", "")]
    assert [row.way for row in rows][1:] == ["same", ""]


def test_other_rubrics_and_other_engines_give_no_difference():
    other = both(attempt(2, {"result": 2, "depth": 4}), attempt(1, {"result": 5}, rubric="beh"))
    judge = both(attempt(2, {"result": 2, "depth": 4}, engine=EMBEDDED_MODEL), attempt(1, {"result": 5, "depth": 4}))

    assert not other.is_same_scale
    assert told(score_rows(other)) == [
        ("Overall", "3", "5", ""),
        ("Result", "2", "5", ""),
        ("Depth", "4", NONE, ""),
    ]
    assert not judge.is_same_scale
    assert {row.change for row in score_rows(judge)} == {""}


def test_own_criteria_that_only_share_an_id_have_a_row_each():
    rubrics = {
        key: Rubric(key, 1, (Criterion("own-1", name, "It.", LEVELS),))
        for key, name in (("eng", "Warmth"), ("beh", "Speed"))
    }
    rows = score_rows(both(attempt(2, {"own-1": 1}), attempt(1, {"own-1": 5}, rubric="beh"), rubrics))

    assert told(rows)[1:] == [("Speed", NONE, "5", ""), ("Warmth", "1", NONE, "")]


def test_one_scorecard_stands_alone_and_none_gives_no_rows():
    alone = both(attempt(2), attempt(1, {"result": 5, "depth": 5}))

    assert told(score_rows(alone))[1:] == [("Result", NONE, "5", ""), ("Depth", NONE, "5", "")]
    assert score_rows(both(attempt(2), attempt(1))) == []


def test_delivery_says_more_or_less_and_not_better_or_worse():
    rows = delivery_rows(both(attempt(2, pace=150.4, fillers=3.14, talk=50.0), attempt(1, pace=138.0, fillers=3.12)))

    assert told(rows) == [
        ("Pace", "150 wpm", "138 wpm", "\u221212 wpm, slower"),
        ("Fillers", "3.1 a minute", "3.1 a minute", "0 a minute, the same"),
        ("Your share of talk", "50 %", NONE, ""),
    ]


def test_heard_and_read_numbers_are_not_subtracted():
    mixed = both(attempt(2, basis="sound", pace=150.0, pauses=1.0), attempt(1, pace=130.0))

    assert {row.change for row in delivery_rows(mixed)} == {""}
    assert delivery_rows(both(attempt(2), attempt(1))) == []


def test_durations_are_compared():
    first = attempt(2)

    assert told([length_row(both(first, attempt(1)))]) == [("Duration", "10 min", "10 min", "0, the same")]
    shorter = length_row(both(first, replace(attempt(1), connected_ms=45_000)))
    assert (shorter.change, shorter.way) == ("\u22129 min, shorter", "down")


def test_each_head_says_by_what_it_was_scored():
    def scored_by(card: Attempt) -> str:
        return head_of(card, RUBRIC if card.card else None, UTC, NOW).scored_by

    assert scored_by(attempt(1, {"result": 3})) == "Engineering, version 1. Scored by gpt-test."
    assert scored_by(attempt(1, {"result": None}, engine="", gap="little")).endswith("Too little was said for scores.")
    assert scored_by(attempt(1)) == "Not scored."

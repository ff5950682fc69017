"""Lines over sessions, and what they say: never more than so many numbers can."""

from dataclasses import replace
from datetime import UTC

from peak_app.config import EMBEDDED_MODEL
from peak_app.i18n.catalogue import t
from peak_app.state.trend_rows import TrendGroup, TrendRow, delivery_groups, score_groups
from tests.unit.progress.attempts import NOW, RUBRICS, attempt

NONE = t("numbers.none")


def scores(*attempts) -> list[TrendGroup]:
    return score_groups(attempts, RUBRICS, UTC, NOW)


def trend(group: TrendGroup, key: str) -> TrendRow:
    return next(row for row in group.trends if row.key == key)


def test_one_session_has_its_number_and_neither_a_middle_nor_a_band():
    (group,) = scores(attempt(0, {"result": 3, "depth": None}))

    result = trend(group, "result")
    assert (result.latest, result.summary, result.change) == ("3", "1 session.", "")
    assert (result.median, result.low, result.high, result.top) == (-1, -1, -1, 5)
    assert (result.values, [row.day for row in group.rows]) == ([3], ["Today"])
    assert [row.key for row in group.trends] == ["mean", "result"]
    assert group.without.endswith("for lack of evidence: Depth.")
    assert trend(group, "mean").latest == "3"
    assert group.title == "Engineering, version 1"
    assert group.text == "1 session with Ada. Scored by gpt-test."


def test_few_sessions_have_a_median_and_from_four_on_a_band():
    few = [attempt(3 - day, {"result": score}) for day, score in enumerate((1, 2, 4))]
    result = trend(scores(*few)[0], "result")
    assert (result.summary, result.median, result.low) == ("3 sessions, median 2.", 2, -1)

    result = trend(scores(*few, attempt(0, {"result": 5}))[0], "result")
    assert result.summary == "4 sessions, median 3, middle half 1.8 to 4.2."
    assert (result.low, result.high) == (1.75, 4.25)
    assert result.change == ""


def test_from_six_sessions_on_the_halves_are_compared_with_sign_and_in_words():
    held = [attempt(9 - day, {"result": score, "depth": 3}) for day, score in enumerate((1, 2, 2, 4, 4, 5))]

    (group,) = scores(*held)

    assert trend(group, "result").change == "Earlier half 2, later half 4: +2, higher."
    assert trend(group, "depth").change == "Earlier half 3, later half 3: 0, the same."


def test_every_rubric_and_every_engine_has_lines_of_its_own_the_last_used_first():
    groups = scores(
        attempt(3, {"result": 1}),
        attempt(2, {"result": 5}, rubric="beh", engine=EMBEDDED_MODEL),
        attempt(1, {"result": None}, engine="", gap="little"),
    )

    assert [(group.title, len(group.rows)) for group in groups] == [
        ("Behavioural, version 2", 1),
        ("Engineering, version 1", 1),
    ]
    assert groups[0].text.endswith("Scored by rules.")


def test_the_table_says_the_same_as_the_charts_the_newest_first():
    (group,) = scores(attempt(2, {"result": 1, "depth": 2}), attempt(1, {"result": 3, "depth": None}))

    assert [row.cells for row in group.rows] == [["3", "3", NONE], ["1.5", "1", "2"]]
    assert [row.day for row in group.rows] == ["Yesterday", "24 Nov"]
    assert (trend(group, "result").values, trend(group, "result").place) == ([1, 3], 1)


def test_delivery_has_only_what_was_measured_and_keeps_heard_and_read_apart():
    groups = delivery_groups(
        [
            attempt(3, pace=150.0, fillers=None, talk=55.5),
            attempt(2, basis="sound", pace=140.0, pauses=2.04),
            attempt(1, pace=None),
            attempt(0),
        ],
        UTC,
        NOW,
    )

    assert [(group.key, [row.key for row in group.trends]) for group in groups] == [
        ("sound", ["pace", "pauses"]),
        ("words", ["pace", "talk"]),
    ]
    assert [row.latest for row in groups[0].trends] == ["140 wpm", "2.0 a minute"]
    assert groups[1].text.startswith("1 session without a recording")
    assert groups[1].rows[0].cells == ["150 wpm", "56 %"]


def test_markup_in_names_stays_text_and_many_agents_are_counted():
    held = [attempt(day, {"result": 1}) for day in (5, 4, 3, 2, 1)]
    named = [replace(each, agent_name=f"<b>{number}</b>") for number, each in enumerate(held)]

    (group,) = scores(*named)

    assert group.text == "5 sessions with <b>0</b>, <b>1</b>, <b>2</b> and 2 more. Scored by gpt-test."

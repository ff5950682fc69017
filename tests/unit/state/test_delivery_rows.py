from datetime import UTC, datetime
from uuid import uuid4

import pytest

from peak_app.domain.insights.delivery import (
    AnswerDelay,
    Delivery,
    Filler,
    FillerMoment,
    Overlap,
    PacePoint,
    Pause,
    measure,
)
from peak_app.domain.insights.latency import LatencyReceipt
from peak_app.domain.insights.lines import Line
from peak_app.domain.insights.results import MeetingResults
from peak_app.domain.insights.steps import DELIVERY, RECORDING, StepOutcome
from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.i18n.catalogue import t
from peak_app.state.delivery import basis_of
from peak_app.state.delivery_rows import MeasureRow, mark_rows, measure_rows, pace_bars
from peak_app.state.insight_rows import line_rows

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINES = [
    Line(id="L1", speaker="agent", start_ms=0, end_ms=4_000, text="How do you test?"),
    Line(id="L2", speaker="candidate", start_ms=5_000, end_ms=25_000, text="Um, with a trace, um, on every step."),
]
PLACES = {line.line_id: line for line in line_rows(LINES, "Morgan")}
SOUND = Delivery(
    basis="sound",
    has_speech=True,
    candidate_talk_ms=18_000,
    agent_talk_ms=6_000,
    talk_ratio=0.75,
    words_per_minute=133.4,
    answer_delays=[AnswerDelay(line_id="L2", delay_ms=1_240, start_ms=4_000), AnswerDelay(line_id=None, delay_ms=620)],
    answer_delay_p50_ms=620,
    fillers=[Filler(word="um", count=2, line_ids=["L2", "L2"]), Filler(word="like", count=1, line_ids=[])],
    filler_count=3,
    fillers_per_minute=10.0,
    filler_moments=[
        FillerMoment(kind="um", start_ms=200, end_ms=500, around="Um, with a trace", line_id="L2"),
        FillerMoment(kind="um", start_ms=9_000, end_ms=9_300, around="a trace, um, on every", line_id="L2"),
        FillerMoment(kind="like", start_ms=70_000, end_ms=70_300, around="it was like really"),
    ],
    pauses=[Pause(start_ms=8_000, end_ms=10_000, line_id="L2"), Pause(start_ms=20_000, end_ms=21_000)],
    overlaps=[Overlap(start_ms=3_500, end_ms=4_000, by="candidate")],
    pace=[
        PacePoint(start_ms=0, end_ms=30_000, words=30, talk_ms=15_000, words_per_minute=120.0),
        PacePoint(start_ms=30_000, end_ms=70_500, words=1, talk_ms=3_000, words_per_minute=None),
    ],
)


def named(rows: list[MeasureRow]) -> dict[str, MeasureRow]:
    return {row.name: row for row in rows}


def test_each_number_has_its_formula_and_everything_it_counts() -> None:
    rows = named(measure_rows(SOUND, PLACES))

    assert [(name, row.value) for name, row in rows.items()] == [
        ("pace", "133"),
        ("fillers", "3"),
        ("pauses", "2"),
        ("delay", "0.6 s"),
        ("talk", "75%"),
        ("overlaps", "1"),
    ]
    assert all(row.formula and row.label for row in rows.values())
    counted = {name: sum(len(kind.moments) for kind in row.kinds) for name, row in rows.items()}
    assert counted == {"pace": 1, "fillers": 3, "pauses": 2, "delay": 2, "talk": 0, "overlaps": 1}


def test_fillers_are_listed_by_kind_and_play_from_just_before_them() -> None:
    um, like = named(measure_rows(SOUND, PLACES))["fillers"].kinds

    assert (um.kind, um.count, um.width, like.kind, like.width) == ("um", "2", "100.0%", "like", "50.0%")
    assert [(moment.at, moment.play_ms, moment.line_id) for moment in um.moments] == [
        ("0:00", 0, "L2"),
        ("0:09", 8_500, "L2"),
    ]
    assert like.moments[0].line_id == ""
    assert um.moments[1].play_label == "Play 0:09: a trace, um, on every"


def test_lengths_are_compared_with_the_longest() -> None:
    (pauses,) = named(measure_rows(SOUND, PLACES))["pauses"].kinds

    assert [(moment.text, moment.width) for moment in pauses.moments] == [("2.0 s", "100.0%"), ("1.0 s", "50.0%")]


def test_what_only_sound_can_tell_is_left_out_without_it() -> None:
    rows = named(measure_rows(measure(LINES, []), PLACES))

    assert list(rows) == ["pace", "fillers", "delay", "talk"]
    (um,) = rows["fillers"].kinds
    assert (um.count, [moment.line_id for moment in um.moments]) == ("2", ["L2"])
    assert [moment.play_ms for moment in rows["delay"].kinds[0].moments] == [3_500]
    assert rows["fillers"].formula != named(measure_rows(SOUND, PLACES))["fillers"].formula


def test_a_meeting_without_a_word_has_dashes_and_no_lists() -> None:
    rows = named(measure_rows(Delivery(basis="sound"), {}))

    none = t("numbers.none")
    assert [row.value for row in rows.values()] == [none, "0", "0", none, none, "0"]
    assert not [kind for row in rows.values() for kind in row.kinds]


def test_the_chart_has_a_bar_for_each_window_and_marks_below() -> None:
    assert [(bar.value, bar.text) for bar in pace_bars(SOUND)] == [
        (120.0, "0:00\u20130:30: 120 words a minute"),
        (0, "0:30\u20131:10: too little speech"),
    ]
    assert [mark.kind for mark in mark_rows(SOUND)] == ["fillers"] * 3 + ["pauses"] * 2 + ["overlaps"]


def view(*, is_recorded: bool = True, is_demo: bool = False) -> MeetingView:
    return MeetingView(
        meeting_id=uuid4(),
        owner_id=uuid4(),
        agent_id=uuid4(),
        agent_name="Morgan",
        title="Round one",
        status=MeetingStatus.COMPLETED,
        status_at=NOW,
        status_reason="",
        scheduled_at=None,
        started_at=NOW,
        ended_at=NOW,
        created_at=NOW,
        connected_ms=60_000,
        is_recorded=is_recorded,
        is_demo=is_demo,
    )


def results(delivery: Delivery | None, *steps: StepOutcome, is_measured: bool = False) -> MeetingResults:
    return MeetingResults(
        meeting_id=uuid4(),
        owner_id=uuid4(),
        lines=LINES,
        has_transcript=True,
        summary=None,
        delivery=delivery,
        is_measured=is_measured,
        latency=LatencyReceipt(),
        summary_engine="",
        is_searchable=False,
        steps=steps,
    )


@pytest.mark.parametrize(
    ("meeting", "found", "basis"),
    [
        (view(), results(None), ("", "")),
        (view(), results(SOUND, is_measured=True), ("sound", "")),
        (view(), results(measure(LINES, [])), ("listening", "")),
        (view(), results(measure(LINES, []), is_measured=True), ("missing", "")),
        (view(is_demo=True), results(measure(LINES, [])), ("missing", "")),
        (view(is_recorded=False), results(measure(LINES, [])), ("off", "")),
    ],
)
def test_the_page_says_what_the_numbers_rest_on(meeting: MeetingView, found: MeetingResults, basis: tuple[str, str]):
    assert basis_of(meeting, found) == basis


@pytest.mark.parametrize("name", [RECORDING, DELIVERY])
def test_a_failure_is_said_with_its_reason(name: str) -> None:
    failed = StepOutcome(name, False, "The disk is full.", {}, "run", 5, NOW)

    assert basis_of(view(), results(measure(LINES, []), failed)) == ("failed", "The disk is full.")

"""Where an interview stands at a time."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.agenda import Agenda
from peak_app.domain.agents.conduct import Stage

STAGES = (Stage("Warm-up", 2), Stage("System design", 10, "Find out how they think."), Stage("Questions", 3))
MINUTE_MS = 60_000


def test_the_plan_is_the_stages_where_there_are_some_and_else_all_but_the_last_minute() -> None:
    assert Agenda(STAGES, 45 * MINUTE_MS).planned_ms == 15 * MINUTE_MS
    assert Agenda((), 45 * MINUTE_MS).planned_ms == 44 * MINUTE_MS
    # Stages never plan beyond what the call may take.
    assert Agenda(STAGES, 10 * MINUTE_MS).planned_ms == 9 * MINUTE_MS
    assert Agenda(STAGES, 30_000).planned_ms == 0


def test_each_stage_has_its_time_and_is_late_from_four_fifths_on() -> None:
    agenda = Agenda(STAGES, 45 * MINUTE_MS)
    start = agenda.time_at(0)
    assert (start.stage, start.stage_left_s, start.is_stage_late, start.left_s) == (0, 120, False, 900)
    assert not agenda.time_at(95_000).is_stage_late
    assert agenda.time_at(96_000).is_stage_late
    second = agenda.time_at(2 * MINUTE_MS)
    assert (second.stage, second.stage_left_s, second.is_stage_late) == (1, 600, False)
    assert agenda.time_at(15 * MINUTE_MS).stage is None
    assert agenda.time_at(15 * MINUTE_MS).stage_left_s is None


def test_the_whole_is_late_from_four_fifths_on_and_over_at_its_end() -> None:
    agenda = Agenda(STAGES, 45 * MINUTE_MS)
    assert not agenda.time_at(12 * MINUTE_MS - 1).is_late
    assert agenda.time_at(12 * MINUTE_MS).is_late
    over = agenda.time_at(20 * MINUTE_MS)
    assert (over.left_s, over.remaining_s) == (0, 25 * 60)


@given(
    st.lists(st.integers(1, 60), max_size=8).map(lambda lengths: tuple(Stage("Part", length) for length in lengths)),
    st.integers(0, 10**8),
    st.lists(st.integers(0, 10**8), max_size=20),
)
def test_time_only_goes_forward(stages: tuple[Stage, ...], ends_at_ms: int, moments: list[int]) -> None:
    agenda = Agenda(stages, ends_at_ms)
    assert 0 <= agenda.planned_ms <= ends_at_ms
    last = -1
    for at_ms in sorted(moments):
        time = agenda.time_at(at_ms)
        index = len(stages) if time.stage is None else time.stage
        assert last <= index <= len(stages)
        last = index
        assert time.left_s >= 0
        assert time.remaining_s >= 0
        assert time.stage_left_s is None or 0 < time.stage_left_s <= stages[index].minutes * 60

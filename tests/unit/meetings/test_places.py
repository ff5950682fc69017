"""Who gets a place for a call, and where."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.meetings.places import (
    BridgeState,
    Verdict,
    Waiter,
    judge,
    order_bridges,
    place_in_line,
    waiting_since,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LAG_MS = 10.0


def bridge(name: str, *, calls: int = 0, capacity: int = 4, lag_ms: float = 0.0, draining: bool = False) -> BridgeState:
    return BridgeState(name, f"http://{name}", capacity, calls, lag_ms, draining)


def waiter(number: int, *, since_s: float = 0, is_resuming: bool = False) -> Waiter:
    return Waiter(UUID(int=number), NOON + timedelta(seconds=since_s), is_resuming)


def names(*bridges: BridgeState, holder: str | None = None) -> list[str]:
    return [one.bridge_id for one in order_bridges(bridges, holder_id=holder, most_lag_ms=LAG_MS)]


def test_a_call_goes_to_the_bridge_with_the_least_load() -> None:
    small, large = bridge("small", calls=1, capacity=2), bridge("large", calls=3, capacity=32)
    assert names(small, large, bridge("middle", calls=1)) == ["large", "middle", "small"]


def test_of_bridges_with_the_same_load_the_one_with_more_places_comes_first() -> None:
    assert names(bridge("a"), bridge("b", capacity=32)) == ["b", "a"]


def test_a_call_that_is_held_goes_to_its_bridge_whatever_that_one_says_of_itself() -> None:
    held = bridge("held", calls=4, lag_ms=50, draining=True)
    assert names(bridge("idle"), held, holder="held") == ["held", "idle"]


def test_a_bridge_that_is_full_late_or_going_away_is_asked_last() -> None:
    full, late = bridge("full", calls=4), bridge("late", calls=1, lag_ms=10.1)
    assert names(full, late, bridge("going", draining=True), bridge("busy", calls=3))[0] == "busy"
    assert names(full, bridge("going", draining=True)) == ["full", "going"]


def test_a_dead_holder_changes_nothing() -> None:
    assert names(bridge("b", calls=1), bridge("a"), holder="dead") == ["a", "b"]


def test_a_bridge_at_the_limit_of_lag_still_takes_calls() -> None:
    assert bridge("a", lag_ms=LAG_MS).free_places(LAG_MS) == 4
    assert bridge("a", calls=1, lag_ms=LAG_MS + 0.01).free_places(LAG_MS) == 0


def test_a_late_bridge_without_calls_takes_one_for_nobody_gets_worse_by_it() -> None:
    assert bridge("a", lag_ms=LAG_MS + 0.01).free_places(LAG_MS) == 1
    assert bridge("a", lag_ms=LAG_MS + 0.01, draining=True).free_places(LAG_MS) == 0


def test_a_late_bridge_takes_calls_that_ran_elsewhere_and_one_that_goes_away_does_not() -> None:
    late, going = bridge("late", calls=1, lag_ms=50), bridge("going", draining=True)
    resuming = waiter(1, is_resuming=True)
    assert judge(resuming, 1, late, [], LAG_MS) is Verdict.ADMITTED
    assert judge(waiter(1), 1, late, [], LAG_MS) is Verdict.WAIT
    assert judge(resuming, 1, going, [late], LAG_MS) is Verdict.ELSEWHERE
    assert judge(resuming, 1, going, [], LAG_MS) is Verdict.WAIT


def test_the_last_place_is_for_the_first_in_line() -> None:
    first, second = waiter(1, since_s=0), waiter(2, since_s=5)
    one_place = bridge("a", calls=3)
    assert place_in_line(second, [first, second]) == 2
    assert judge(second, 2, one_place, [], LAG_MS) is Verdict.WAIT
    assert judge(first, place_in_line(first, [first, second]), one_place, [], LAG_MS) is Verdict.ADMITTED


def test_who_asks_a_full_bridge_is_sent_on_when_another_has_a_place() -> None:
    assert judge(waiter(1), 1, bridge("full", calls=4), [bridge("free")], LAG_MS) is Verdict.ELSEWHERE


def test_a_call_that_ran_before_goes_ahead_of_the_line() -> None:
    line = [waiter(1, since_s=0), waiter(2, since_s=1)]
    assert place_in_line(waiter(3, since_s=60, is_resuming=True), line) == 1


def test_who_comes_last_stands_last_also_by_a_clock_that_is_behind() -> None:
    line = [waiter(9, since_s=5), waiter(8, since_s=2)]
    late = waiting_since(UUID(int=1), line, NOON)
    assert late > NOON + timedelta(seconds=5)
    assert place_in_line(Waiter(UUID(int=1), late, is_resuming=False), line) == 3
    assert waiting_since(UUID(int=8), line, NOON) == NOON + timedelta(seconds=2)
    assert waiting_since(UUID(int=1), [], NOON) == NOON


BRIDGES = st.lists(
    st.builds(
        BridgeState,
        bridge_id=st.uuids().map(str),
        url=st.just("http://b"),
        capacity=st.integers(1, 5),
        calls=st.integers(0, 7),
        loop_lag_ms=st.floats(0, 20),
        is_draining=st.booleans(),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one.bridge_id,
)
LINE = st.lists(
    st.builds(
        Waiter,
        meeting_id=st.uuids(),
        waiting_since=st.integers(0, 9).map(lambda s: NOON + timedelta(seconds=s)),
        is_resuming=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: one.meeting_id,
)


@given(LINE)
def test_everyone_in_line_has_a_place_of_their_own(line: list[Waiter]) -> None:
    assert sorted(place_in_line(one, line) for one in line) == list(range(1, len(line) + 1))


@given(BRIDGES, LINE)
def test_nobody_is_admitted_past_a_bridges_capacity_nor_before_those_who_came_first(
    bridges: list[BridgeState], line: list[Waiter]
) -> None:
    free = sum(one.spare_places for one in bridges)
    admitted = []
    for one in line:
        verdicts = [
            judge(one, place_in_line(one, line), own, [other for other in bridges if other is not own], LAG_MS)
            for own in bridges
        ]
        if Verdict.ADMITTED in verdicts:
            admitted.append(one)
        for own, verdict in zip(bridges, verdicts, strict=True):
            if verdict is Verdict.ADMITTED:
                assert own.calls < own.capacity
                assert not own.is_draining
        # Who is sent elsewhere finds a bridge that takes them.
        assert (Verdict.ELSEWHERE in verdicts) <= (Verdict.ADMITTED in verdicts)
    assert len(admitted) <= free
    worst = max((place_in_line(one, line) for one in admitted), default=0)
    assert worst <= free


@given(BRIDGES, st.integers(0, 5))
def test_every_living_bridge_is_asked_once(bridges: list[BridgeState], holder: int) -> None:
    holder_id = bridges[holder].bridge_id if holder < len(bridges) else None
    ordered = order_bridges(bridges, holder_id=holder_id, most_lag_ms=LAG_MS)
    assert sorted(one.bridge_id for one in ordered) == sorted(one.bridge_id for one in bridges)
    assert holder_id is None or ordered[0].bridge_id == holder_id

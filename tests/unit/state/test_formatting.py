from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.errors import InvalidInput
from peak_app.state.formatting import day_text, length_text, local_moment, moment_text, offset_text, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_a_day_is_named_in_the_persons_own_zone() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert day_text(late, UTC, NOW) == "Yesterday"
    assert day_text(late, BERLIN, NOW) == "Today"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 11, 23, 8, 5, tzinfo=UTC), "Tomorrow, 09:05"),
        (datetime(2026, 11, 3, 8, 5, tzinfo=UTC), "3 Nov, 09:05"),
        (datetime(2025, 7, 3, 8, 5, tzinfo=UTC), "3 Jul 2025, 10:05"),
        (None, ""),
    ],
)
def test_a_moment_says_day_and_time(at: datetime | None, text: str) -> None:
    assert moment_text(at, BERLIN, NOW) == text


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "../../etc/passwd", "\0"])
def test_an_unknown_zone_is_utc(name: str) -> None:
    assert zone_of(name) is UTC


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "0 s"), (45_400, "45 s"), (60_000, "1 min"), (12.6 * 60_000, "13 min"), (65 * 60_000, "1 h 5 min")],
)
def test_lengths_read_as_people_say_them(ms: float, text: str) -> None:
    assert length_text(ms) == text


@pytest.mark.parametrize(("ms", "text"), [(-5, "0:00"), (7_900, "0:07"), (760_000, "12:40"), (3_723_000, "1:02:03")])
def test_offsets_read_like_a_player(ms: int, text: str) -> None:
    assert offset_text(ms) == text


def test_a_planned_time_is_taken_in_the_persons_zone() -> None:
    assert local_moment("2026-11-22T18:30", BERLIN) == datetime(2026, 11, 22, 17, 30, tzinfo=UTC)


@given(st.one_of(st.none(), st.integers(), st.text(max_size=40)))
def test_a_time_is_a_time_or_refused(value: object) -> None:
    try:
        at = local_moment(value, BERLIN)
    except InvalidInput:
        return
    assert at.tzinfo is UTC

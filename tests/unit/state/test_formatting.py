from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from peak_app.state.formatting import (
    day_text,
    field_text,
    length_text,
    moment_text,
    offset_text,
    score_text,
    zone_of,
)

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


def test_a_time_goes_into_a_field_on_the_persons_own_clock() -> None:
    assert field_text(datetime(2026, 11, 22, 17, 30, tzinfo=UTC), BERLIN) == "2026-11-22T18:30"


@pytest.mark.parametrize(("score", "text"), [(None, ""), (3.0, "3.0"), (4.26, "4.3")])
def test_a_score_has_one_decimal_or_is_not_there(score: float | None, text: str) -> None:
    assert score_text(score) == text

from datetime import UTC, date, datetime, timedelta

from peak_app.domain.billing.allowance import Allowance, month_of
from peak_app.domain.billing.errors import MinutesExhausted


def allowance(used_minutes: float, included: int = 60) -> Allowance:
    return Allowance("Free", included, timedelta(minutes=used_minutes), date(2026, 4, 1))


def test_what_is_left_never_goes_below_zero() -> None:
    assert allowance(75).remaining == timedelta()
    assert allowance(45).remaining == timedelta(minutes=15)


def test_nobody_is_told_of_more_minutes_than_there_are() -> None:
    assert allowance(44.1).remaining_minutes == 15
    assert allowance(75).remaining_minutes == 0


def test_less_than_half_a_minute_counts_as_nothing() -> None:
    assert allowance(59.6).is_exhausted
    assert not allowance(59.4).is_exhausted


def test_the_warning_comes_at_four_fifths() -> None:
    assert not allowance(47.9).is_running_low
    assert allowance(48).is_running_low


def test_a_plan_without_minutes_is_used_up() -> None:
    assert allowance(0, included=0).is_exhausted
    assert allowance(0, included=0).used_share == 1.0


def test_a_month_ends_where_the_next_begins() -> None:
    assert month_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == (
        datetime(2026, 12, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )


def test_the_refusal_says_when_minutes_come_back() -> None:
    assert "1 April" in MinutesExhausted(allowance(60)).sentence

"""Who has which plan, until when, and in which month a moment counts: over all times, not only the usual ones."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.billing.allowance import (
    FREE,
    PLUS,
    Allowance,
    Entitlement,
    Standing,
    month_of,
    plans_of,
)

GRACE = timedelta(days=7)
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
MOMENTS = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from(
        [UTC, ZoneInfo("Pacific/Auckland"), ZoneInfo("America/New_York"), timezone(-timedelta(hours=12))]
    ),
)
SPANS = st.timedeltas(timedelta(), timedelta(days=400))


@given(MOMENTS)
def test_every_moment_is_in_exactly_one_month(at: datetime) -> None:
    start, end = month_of(at)
    assert start <= at < end
    assert (start.day, start.hour, start.minute, start.microsecond, start.utcoffset()) == (1, 0, 0, 0, timedelta())
    assert month_of(end)[0] == end
    assert month_of(end - timedelta(microseconds=1)) == (start, end)
    assert timedelta(days=28) <= end - start <= timedelta(days=31)


@given(MOMENTS)
def test_the_month_does_not_depend_on_the_zone_a_moment_is_told_in(at: datetime) -> None:
    assert month_of(at) == month_of(at.astimezone(UTC))


def test_a_call_that_ends_at_midnight_of_the_first_counts_in_the_new_month() -> None:
    assert month_of(datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))[0].month == 12
    assert month_of(datetime(2027, 1, 1, tzinfo=UTC))[0] == datetime(2027, 1, 1, tzinfo=UTC)


@given(st.timedeltas(timedelta(), timedelta(days=40)), st.integers(0, 100_000))
def test_what_is_left_is_never_below_nothing_nor_more_than_the_plan(used: timedelta, included: int) -> None:
    allowance = Allowance(plan="Free", included_minutes=included, used=used, renews_on=NOW.date())
    assert timedelta() <= allowance.remaining <= timedelta(minutes=included)
    assert timedelta(minutes=allowance.remaining_minutes) <= allowance.remaining
    assert 0 <= allowance.used_share <= 1
    if allowance.is_exhausted and included:
        assert allowance.remaining < timedelta(seconds=30)
    if included >= 3:
        # Nobody reads that their minutes are used up without having been told before that they run low.
        assert allowance.is_running_low or not allowance.is_exhausted


@given(st.integers(1, 1000), st.floats(0, 1), st.integers(1, 200))
def test_in_a_call_people_are_told_when_four_fifths_are_used(included: int, share: float, longest_minutes: int) -> None:
    used = timedelta(minutes=included) * share
    allowance = Allowance(plan="Free", included_minutes=included, used=used, renews_on=NOW.date())
    longest = timedelta(minutes=longest_minutes)
    call = min(longest, allowance.remaining)
    left = allowance.warn_at(longest)
    if timedelta() <= left <= call:
        used_then = used + call - left
        assert used_then / timedelta(minutes=included) == pytest.approx(0.8, abs=1e-6)
    elif left > call:
        assert allowance.used_share >= 0.8 - 1e-6
    else:
        assert used + call < timedelta(minutes=included) * 0.8 + timedelta(milliseconds=1)


class TestPlans:
    def test_the_caps_of_the_settings_are_those_of_the_plans(self) -> None:
        plans = plans_of(free_minutes=30, paid_minutes=500, paid_price_cents=900, paid_currency="eur")
        assert list(plans) == [FREE, PLUS]
        assert (plans[FREE].included_minutes, plans[FREE].price_cents) == (30, 0)
        assert (plans[PLUS].included_minutes, plans[PLUS].price_cents, plans[PLUS].currency) == (500, 900, "eur")


class TestEntitlements:
    @given(SPANS, SPANS)
    def test_an_active_plan_holds_for_the_grace_beyond_its_period(self, grace: timedelta, later: timedelta) -> None:
        known = Entitlement(Standing.ACTIVE, NOW, NOW + timedelta(days=3))
        at = NOW + timedelta(days=3) + later
        assert known.is_paid(at, grace) == (later < grace)
        assert known.is_paid(NOW, grace)

    @given(SPANS)
    def test_whoever_cancelled_has_it_to_the_end_of_what_they_paid_and_no_longer(self, grace: timedelta) -> None:
        known = Entitlement(Standing.ACTIVE, NOW, NOW + timedelta(days=3), cancels_at_period_end=True)
        assert known.is_paid(NOW + timedelta(days=3) - timedelta(microseconds=1), grace)
        assert not known.is_paid(NOW + timedelta(days=3), grace)

    @given(SPANS, SPANS)
    def test_a_failed_payment_leaves_the_grace_to_mend_it(self, grace: timedelta, later: timedelta) -> None:
        # Whatever period the provider has begun meanwhile.
        known = Entitlement(Standing.PAST_DUE, NOW, NOW + timedelta(days=30))
        assert known.is_paid(NOW + later, grace) == (later < grace)

    @pytest.mark.parametrize("standing", [Standing.NONE, Standing.ENDED])
    def test_an_ended_plan_is_over_at_once(self, standing: Standing) -> None:
        assert not Entitlement(standing, NOW, NOW + timedelta(days=30)).is_paid(NOW, GRACE)

    @pytest.mark.parametrize("standing", list(Standing))
    def test_without_any_time_known_nobody_has_a_paid_plan_for_ever(self, standing: Standing) -> None:
        assert not Entitlement(standing).is_paid(NOW, GRACE)

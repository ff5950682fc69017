"""The policy of billing: what the plans include, who has which, and what happens at 80 and at 100 %. Pure.

A plan's minutes are for one calendar month in UTC. A call counts in the month in which it ends, whole; one that runs
counts in the present one. Nothing that was used is given back, whatever is deleted. Who upgrades in the middle of a
month keeps what they used of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

WARN_SHARE = 0.8
"""From this share on people are told that their minutes run low."""
LEAST = timedelta(seconds=30)
"""With less than this nobody can be greeted and answer: then no call begins."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person has for a calendar month, and what that costs."""

    key: str
    name: str
    included_minutes: int
    price_cents: int = 0
    currency: str = "usd"


FREE, PLUS = "free", "plus"


def plans_of(*, free_minutes: int, paid_minutes: int, paid_price_cents: int, paid_currency: str) -> Mapping[str, Plan]:
    """All plans there are, by key, the free one first. Their caps are settings."""
    return {
        FREE: Plan(FREE, "Free", free_minutes),
        PLUS: Plan(PLUS, "Plus", paid_minutes, paid_price_cents, paid_currency),
    }


class Standing(StrEnum):
    """How a subscription stands, as far as this product cares."""

    NONE = "none"
    ACTIVE = "active"
    """Paid for, or tried out for nothing."""
    PAST_DUE = "past_due"
    """A payment failed, and the provider tries it again."""
    ENDED = "ended"
    """Cancelled and over, revoked, unpaid, paused, or never begun."""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The last known state of a person's subscription; `since` is when it got into this standing."""

    standing: Standing
    since: datetime | None = None
    period_end: datetime | None = None
    cancels_at_period_end: bool = False

    def paid_until(self, grace: timedelta) -> datetime | None:
        """How long the paid plan holds if nothing is heard of it any more; None: it does not.

        A provider that does not answer blocks nobody who has paid: what was known last holds for the grace beyond the
        period that was paid. So does a payment that failed, from when it did. Only who has cancelled gets no longer
        than what they paid for.
        """
        match self.standing:
            case Standing.ACTIVE if self.period_end is not None:
                return self.period_end if self.cancels_at_period_end else self.period_end + grace
            case Standing.PAST_DUE if self.since is not None:
                return self.since + grace
            case _:
                return None

    def is_paid(self, at: datetime, grace: timedelta) -> bool:
        until = self.paid_until(grace)
        return until is not None and at < until


@dataclass(frozen=True, slots=True)
class Allowance:
    """Minutes of one calendar month (UTC). `used` counts real call time, live calls included."""

    plan: str
    """Its name, for people."""
    included_minutes: int
    used: timedelta
    renews_on: date
    live_calls: int = 0
    """Calls in which someone is connected right now: `used` grows by so many seconds each second."""

    @property
    def used_minutes(self) -> float:
        return self.used / timedelta(minutes=1)

    @property
    def remaining(self) -> timedelta:
        return max(timedelta(), timedelta(minutes=self.included_minutes) - self.used)

    @property
    def remaining_minutes(self) -> int:
        """Whole minutes: what a person is told never is more than there is."""
        return self.remaining // timedelta(minutes=1)

    @property
    def used_share(self) -> float:
        """0 to 1."""
        return min(1.0, self.used_minutes / self.included_minutes) if self.included_minutes else 1.0

    @property
    def is_exhausted(self) -> bool:
        return self.remaining < LEAST

    @property
    def is_running_low(self) -> bool:
        return self.used_share >= WARN_SHARE

    def warn_at(self, longest: timedelta) -> timedelta:
        """How much of a call of at most `longest` is left when the minutes begin to run low in it. Negative: never."""
        of_month = timedelta(minutes=self.included_minutes) * (1 - WARN_SHARE)
        # Where the month has more left than the call may take, the call's own end comes first.
        return of_month - max(timedelta(), self.remaining - longest)


def month_of(at: datetime) -> tuple[datetime, datetime]:
    """First moment of the month and of the next one, in UTC; the second one belongs to the next month."""
    there = at.astimezone(UTC)
    start = datetime(there.year, there.month, 1, tzinfo=UTC)
    return start, datetime(there.year + there.month // 12, there.month % 12 + 1, 1, tzinfo=UTC)

"""The policy of minutes: what a plan includes, and what is left. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Allowance:
    """Minutes of one calendar month (UTC). `used` counts real call time, live calls included."""

    plan: str
    included_minutes: int
    used: timedelta
    renews_on: date

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
        # With less than half a minute nobody can be greeted and answer.
        return self.remaining < timedelta(seconds=30)

    @property
    def is_running_low(self) -> bool:
        return self.used_share >= 0.8


def month_of(at: datetime) -> tuple[datetime, datetime]:
    """First moment of the month and of the next one, in UTC."""
    start = datetime(at.year, at.month, 1, tzinfo=UTC)
    return start, datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)

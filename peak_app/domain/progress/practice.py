"""When someone practised: time by week and month, and days in a row. Formulas only: no clock, no database.

day       of the person's time zone, on which a completed meeting began: by the calendar, so that a day of 23 or 25
          hours is a day. All days are those of the zone the person has now: moving to another one may put a meeting on
          the day before or after, for all meetings alike.
week      Monday to Sunday
streak    days in a row, without a gap, up to today; up to yesterday as long as today has no meeting, since today is not
          over. A day with five meetings counts once. Days after today, which another zone may give, count to nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Streak:
    """`longest` may lie in the past."""

    days: int
    has_today: bool
    longest: int


@dataclass(frozen=True, slots=True)
class PracticeWeek:
    monday: date
    practice_ms: int
    meetings: int


@dataclass(frozen=True, slots=True)
class Practice:
    """Milliseconds and meetings of each day with any."""

    by_day: Mapping[date, tuple[int, int]]

    @property
    def days(self) -> int:
        return len(self.by_day)

    def ms_since(self, first: date, today: date) -> int:
        """Practice from one day to the other, both included."""
        return sum(ms for day, (ms, _) in self.by_day.items() if first <= day <= today)

    def streak(self, today: date) -> Streak:
        known = sorted(day for day in self.by_day if day <= today)
        longest = run = 0
        before: date | None = None
        for day in known:
            run = run + 1 if before is not None and day - before == _DAY else 1
            longest, before = max(longest, run), day
        is_going_on = before is not None and today - before <= _DAY
        return Streak(run if is_going_on else 0, before == today, longest)

    def weeks(self, today: date, count: int) -> list[PracticeWeek]:
        """The newest weeks, also those without practice, the oldest first."""
        mondays = [monday_of(today) - timedelta(weeks=back) for back in reversed(range(count))]
        return [self._week(monday) for monday in mondays]

    def _week(self, monday: date) -> PracticeWeek:
        days = [self.by_day.get(monday + timedelta(days=offset), (0, 0)) for offset in range(7)]
        return PracticeWeek(monday, sum(ms for ms, _ in days), sum(meetings for _, meetings in days))


def practice_of(held: Iterable[tuple[datetime, int]], zone: tzinfo) -> Practice:
    """Of meetings by when they began and their connected milliseconds."""
    by_day: dict[date, tuple[int, int]] = {}
    for held_at, connected_ms in held:
        day = held_at.astimezone(zone).date()
        ms, meetings = by_day.get(day, (0, 0))
        by_day[day] = ms + connected_ms, meetings + 1
    return Practice(by_day)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())

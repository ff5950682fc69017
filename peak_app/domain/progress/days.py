"""Practice by day. Formulas only: no clock, no database.

pace, fillers    of the day's meetings that have one, weighted by how long the person spoke in them
mean score       of the meetings with a mean of their own (`scorecard.mean_of`), each the same
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import groupby


@dataclass(frozen=True, slots=True)
class HeldMeeting:
    """What counts of one completed meeting. None: not measured, or too little to say."""

    held_at: datetime
    connected_ms: int
    talk_ms: int
    words_per_minute: float | None
    fillers_per_minute: float | None
    mean_score: float | None


@dataclass(frozen=True, slots=True)
class PracticeDay:
    """All completed meetings that began on one day."""

    day: date
    meetings: int
    practice_ms: int
    mean_score: float | None
    words_per_minute: float | None
    fillers_per_minute: float | None


def days_of(held: Iterable[HeldMeeting], zone: tzinfo) -> list[PracticeDay]:
    """One entry for each day of that time zone on which a meeting began, the oldest first."""

    def day_of(meeting: HeldMeeting) -> date:
        return meeting.held_at.astimezone(zone).date()

    return [_day(day, list(meetings)) for day, meetings in groupby(sorted(held, key=day_of), key=day_of)]


def _day(day: date, meetings: Sequence[HeldMeeting]) -> PracticeDay:
    return PracticeDay(
        day=day,
        meetings=len(meetings),
        practice_ms=sum(meeting.connected_ms for meeting in meetings),
        mean_score=_mean((meeting.mean_score, 1) for meeting in meetings),
        words_per_minute=_mean((meeting.words_per_minute, meeting.talk_ms) for meeting in meetings),
        fillers_per_minute=_mean((meeting.fillers_per_minute, meeting.talk_ms) for meeting in meetings),
    )


def _mean(weighted: Iterable[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in weighted if value is not None and weight > 0]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None

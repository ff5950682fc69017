"""Times that people choose for meetings: from the clock on their wall to a moment, and when one is overdue. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t

OVERDUE_AFTER = timedelta(minutes=10)
"""How long after its time a meeting that was not begun counts as overdue."""
_LONGEST_TEXT = 32
_FIELD = "Time"


@dataclass(frozen=True, slots=True)
class ChosenMoment:
    """`at` is in UTC. `is_twice`: the clock shows this time twice that day, and `at` is the first of them."""

    at: datetime
    is_twice: bool


def moment_of(text: object, zone: tzinfo) -> ChosenMoment:
    """What a date-and-time field holds ('2026-11-22T18:30'), on the clocks of a time zone.

    Raises:
        InvalidInput: it is empty, no date, or a time that clocks skip in that zone.
    """
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput(t("meetings.no_time"), _FIELD)
    try:
        typed = datetime.fromisoformat(text.strip()[:_LONGEST_TEXT])
        if typed.tzinfo is not None:
            return ChosenMoment(typed.astimezone(UTC), is_twice=False)
        first = typed.replace(tzinfo=zone, fold=0).astimezone(UTC)
        second = typed.replace(tzinfo=zone, fold=1).astimezone(UTC)
        shown = first.astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise InvalidInput(t("meetings.no_time"), _FIELD) from None
    if shown != typed.replace(fold=0):
        there_is = max(shown, second.astimezone(zone).replace(tzinfo=None))
        facts = {"time": f"{typed:%H:%M}", "day": f"{typed:%Y-%m-%d}", "other": f"{there_is:%H:%M}"}
        raise InvalidInput(t("meetings.skipped_time", **facts), _FIELD)
    return ChosenMoment(first, is_twice=first != second)


def is_overdue(status: MeetingStatus | str, scheduled_at: datetime | None, now: datetime) -> bool:
    """Whether the meeting was planned for a time that has passed without anyone beginning it."""
    return status == MeetingStatus.SCHEDULED and scheduled_at is not None and now - scheduled_at > OVERDUE_AFTER

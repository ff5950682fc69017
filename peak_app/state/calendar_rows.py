"""A month of meetings as a calendar shows it, week by week. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from peak_app.domain.meetings.service import MeetingView
from peak_app.i18n.catalogue import plural, t
from peak_app.state.formatting import date_text
from peak_app.state.meeting_query import YEARS, ListQuery
from peak_app.state.meeting_rows import status_text

SHOWN_OF_A_DAY = 3


@dataclass
class CalendarItem:
    meeting_id: str
    title: str
    time: str
    status: str
    status_text: str
    is_overdue: bool
    path: str


@dataclass
class CalendarDay:
    """`more` says how many are not shown, and `more_path` leads to all of that day."""

    key: str
    number: str
    name: str
    is_other_month: bool
    is_today: bool
    shown: list[CalendarItem]
    more: str
    more_path: str


@dataclass
class CalendarWeek:
    key: str
    days: list[CalendarDay]


def first_of(day: date) -> date:
    return day.replace(day=1)


def month_after(month: date, step: int) -> date | None:
    """The month before (-1) or after (1); None beyond the years that are looked at."""
    year, number = divmod(month.year * 12 + month.month - 1 + step, 12)
    return date(year, number + 1, 1) if year in YEARS else None


def month_text(month: date) -> str:
    """'November 2026'."""
    return f"{t('time.long_months').split()[month.month - 1]} {month.year}"


def shown_days(month: date) -> tuple[date, date]:
    """First and last day of the weeks, from Monday on, in which the month is."""
    first = month - timedelta(days=month.weekday())
    after = month_after(month, 1) or month + timedelta(days=31)
    last = after - timedelta(days=1)
    return first, last + timedelta(days=6 - last.weekday())


def start_of(day: date, zone: tzinfo) -> datetime:
    """The moment a day begins in a time zone; where clocks skip midnight, the first there is."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def weeks_of(
    month: date, meetings: Iterable[MeetingView], zone: tzinfo, now: datetime, query: ListQuery
) -> list[CalendarWeek]:
    """All weeks of the month with what happens on each day."""
    first, last = shown_days(month)
    by_day: dict[date, list[MeetingView]] = {}
    for meeting in sorted(meetings, key=lambda meeting: meeting.happens_at):
        by_day.setdefault(meeting.happens_at.astimezone(zone).date(), []).append(meeting)
    today = now.astimezone(zone).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    rows = [
        CalendarDay(
            key=day.isoformat(),
            number=str(day.day),
            name=f"{t('time.weekdays').split()[day.weekday()]} {date_text(day)}",
            is_other_month=day.month != month.month,
            is_today=day == today,
            shown=[_item(meeting, zone, now) for meeting in by_day.get(day, [])[:SHOWN_OF_A_DAY]],
            more=_more_text(len(by_day.get(day, []))),
            more_path=_path_of(day, query),
        )
        for day in days
    ]
    return [CalendarWeek(rows[start].key, rows[start : start + 7]) for start in range(0, len(rows), 7)]


def _more_text(count: int) -> str:
    return plural("meetings.more", count - SHOWN_OF_A_DAY) if count > SHOWN_OF_A_DAY else ""


def _path_of(day: date, query: ListQuery) -> str:
    said = query.to_params() | {"from": day.isoformat(), "to": day.isoformat(), "view": "table"}
    return ListQuery.of(said, {query.agent_id}).to_path()


def _item(meeting: MeetingView, zone: tzinfo, now: datetime) -> CalendarItem:
    return CalendarItem(
        meeting_id=str(meeting.meeting_id),
        title=meeting.title,
        time=f"{meeting.happens_at.astimezone(zone):%H:%M}",
        status=meeting.status.value,
        status_text=status_text(meeting.status),
        is_overdue=meeting.is_overdue(now),
        path=f"/meetings/{meeting.meeting_id}",
    )

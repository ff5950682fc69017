from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.state.calendar_rows import CalendarDay, month_after, month_text, shown_days, start_of, weeks_of
from peak_app.state.meeting_query import ListQuery

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MEETING = MeetingView(
    meeting_id=UUID(int=1),
    owner_id=UUID(int=2),
    title="Round one",
    agent_id=UUID(int=3),
    agent_name="Ada",
    status=MeetingStatus.SCHEDULED,
    status_reason="",
    status_at=NOW,
    scheduled_at=NOW + timedelta(days=1),
    started_at=None,
    ended_at=None,
    connected_ms=0,
    is_recorded=True,
    is_demo=False,
    plan_number=0,
    score=None,
    created_at=NOW,
)


def days(meetings: list[MeetingView], zone: str = "UTC", query: ListQuery | None = None) -> dict[str, CalendarDay]:
    weeks = weeks_of(date(2026, 11, 1), meetings, ZoneInfo(zone), NOW, query or ListQuery())
    assert all(len(week.days) == 7 for week in weeks)
    return {day.key: day for week in weeks for day in week.days}


def test_a_month_is_shown_in_whole_weeks_from_monday_on() -> None:
    assert shown_days(date(2026, 11, 1)) == (date(2026, 10, 26), date(2026, 12, 6))
    found = days([])
    assert (found["2026-10-31"].is_other_month, found["2026-11-01"].is_other_month) == (True, False)
    assert [day.key for day in found.values() if day.is_today] == ["2026-11-22"]


@pytest.mark.parametrize(
    ("zone", "key", "time"), [("UTC", "2026-11-23", "12:00"), ("Pacific/Auckland", "2026-11-24", "01:00")]
)
def test_a_meeting_stands_on_the_day_of_the_persons_zone(zone: str, key: str, time: str) -> None:
    [item] = days([MEETING], zone)[key].shown
    assert (item.time, item.title, item.is_overdue) == (time, "Round one", False)


def test_a_plan_that_has_passed_is_marked() -> None:
    late = replace(MEETING, scheduled_at=NOW - timedelta(hours=1))
    assert days([late])["2026-11-22"].shown[0].is_overdue


def test_of_many_on_one_day_some_are_shown_and_the_rest_is_led_to() -> None:
    many = [replace(MEETING, meeting_id=UUID(int=n)) for n in range(5)]
    day = days(many, query=ListQuery(words="round", view="calendar"))["2026-11-23"]
    assert (len(day.shown), day.more) == (3, "2 more")
    assert day.more_path == "/meetings?q=round&from=2026-11-23&to=2026-11-23"


def test_months_follow_each_other_as_far_as_anyone_looks() -> None:
    assert month_after(date(2026, 12, 1), 1) == date(2027, 1, 1)
    assert month_after(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert month_after(date(2100, 12, 1), 1) is None
    assert month_text(date(2026, 11, 1)) == "November 2026"


def test_a_day_begins_at_the_midnight_of_the_zone() -> None:
    assert start_of(date(2026, 11, 22), ZoneInfo("Europe/Berlin")) == datetime(2026, 11, 21, 23, 0, tzinfo=UTC)

"""What calendar programs get to read, read back by a parser."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from icalendar import Calendar, Event

from peak_app.domain.calendars.entries import Entry, feed, one_entry

ORIGIN = "https://peak.example.org"
AT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
PLAN = Entry(
    meeting_id=UUID(int=7),
    title="Round one",
    agent_name="Ada",
    starts_at=AT,
    length=timedelta(minutes=30),
    number=0,
    is_cancelled=False,
    reason="",
    created_at=AT - timedelta(days=2),
    changed_at=AT - timedelta(days=1),
)


def read(content: bytes) -> tuple[Calendar, list[Event]]:
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    return calendar, [event for event in calendar.walk("VEVENT") if isinstance(event, Event)]


def one(entry: Entry) -> tuple[str, Event]:
    calendar, [event] = read(one_entry(entry, origin=ORIGIN, organizer="ann@example.org"))
    return str(calendar["METHOD"]), event


def test_a_plan_is_published_in_universal_time() -> None:
    method, event = one(PLAN)
    assert (method, str(event["STATUS"]), event["SEQUENCE"]) == ("PUBLISH", "CONFIRMED", 0)
    content = one_entry(PLAN, origin=ORIGIN, organizer="ann@example.org").decode()
    assert "DTSTART:20261122T173000Z\r\nDTEND:20261122T180000Z" in content
    assert f"URL:{ORIGIN}/meetings/{PLAN.meeting_id}" in content
    assert str(event["ORGANIZER"]) == "mailto:ann@example.org"


def test_a_moved_plan_is_the_same_entry_with_a_higher_number() -> None:
    _, before = one(PLAN)
    method, after = one(replace(PLAN, number=2, starts_at=AT + timedelta(days=1)))
    assert (method, after["SEQUENCE"], after["UID"]) == ("PUBLISH", 2, before["UID"])


def test_a_cancelled_plan_is_taken_back_with_its_reason() -> None:
    method, event = one(replace(PLAN, number=1, is_cancelled=True, reason="Ill."))
    assert (method, str(event["STATUS"]), event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert "Ill." in event["DESCRIPTION"]


@pytest.mark.parametrize(
    "title",
    [
        "Round one\r\nATTENDEE:mailto:evil@example.org\r\nBEGIN:VALARM",
        "a\nEND:VEVENT\nEND:VCALENDAR",
        "a\rDTSTART:19700101T000000Z",
        "a\u2028b\x85c",
        "semi;colon, comma \\ back\\nslash",
        "مقابلة عمل 😀 " * 8,
        "<script>alert(1)</script>",
        '"quoted":param=1',
    ],
)
def test_a_hostile_title_stays_a_title(title: str) -> None:
    hostile = replace(PLAN, title=title, agent_name=title, reason=title, is_cancelled=True)
    for content in (
        one_entry(hostile, origin=ORIGIN, organizer="ann@example.org"),
        feed([hostile], origin=ORIGIN, name="Practice"),
    ):
        _, [event] = read(content)
        assert str(event["SUMMARY"]) == " ".join(title.split())
        assert "ATTENDEE" not in event
        assert event.decoded("DTSTART") == AT
        assert b"\r" not in content.replace(b"\r\n", b"")
        assert b"\n" not in content.replace(b"\r\n", b"")
        assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def test_a_feed_has_all_of_them_and_names_nobody() -> None:
    cancelled = replace(PLAN, meeting_id=UUID(int=8), is_cancelled=True, number=1)
    content = feed([PLAN, cancelled], origin=ORIGIN, name="Practice")
    calendar, events = read(content)
    assert str(calendar["METHOD"]) == "PUBLISH"
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CANCELLED"]
    assert b"ORGANIZER" not in content
    assert b"mailto" not in content.lower()


def test_an_empty_feed_is_a_calendar_too() -> None:
    assert read(feed([], origin=ORIGIN, name="Practice"))[1] == []

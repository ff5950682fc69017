"""Planned meetings in the form calendar programs read (RFC 5545, and RFC 5546 for what became of a plan). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress

MEDIA_TYPE = "text/calendar; charset=utf-8"
USUAL_LENGTH = timedelta(minutes=30)
"""Of a meeting whose agent has no stages with times."""
_PRODUCT = "-//PeakInterviewsAI//Meetings//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting as calendars know it. `number` goes up with each change; `changed_at` says when the last was."""

    meeting_id: UUID
    title: str
    agent_name: str
    starts_at: datetime
    length: timedelta
    number: int
    is_cancelled: bool
    reason: str
    created_at: datetime
    changed_at: datetime


def one_entry(entry: Entry, *, origin: str, organizer: str) -> bytes:
    """A file for one meeting: a plan to take over, or the message that it was cancelled.

    Args: organizer: address of the person whose meeting it is, which both kinds of message must name.
    """
    calendar = _calendar("CANCEL" if entry.is_cancelled else "PUBLISH")
    event = _event(entry, origin)
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    calendar.add_component(event)
    return calendar.to_ical()


def feed(entries: Iterable[Entry], *, origin: str, name: str) -> bytes:
    """All of them, for programs that read them again and again. Names nobody."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, origin))
    return calendar.to_ical()


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(entry: Entry, origin: str) -> Event:
    link = f"{origin}/meetings/{entry.meeting_id}"
    event = Event()
    event.add("uid", f"{entry.meeting_id}@peakinterviewsai")
    event.add("summary", _line(entry.title))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", (entry.starts_at + entry.length).astimezone(UTC))
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("created", entry.created_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("sequence", entry.number)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("url", link)
    told = [_line(entry.agent_name), *([_line(entry.reason)] if entry.is_cancelled and entry.reason else []), link]
    event.add("description", "\n".join(told))
    return event


def _line(text: str) -> str:
    # One line, whatever it was: a program that reads a lone carriage return as a line's end takes the rest for its own.
    return " ".join(text.split())

"""Meetings in people's own calendars: the file for one, and the private feed that anyone with its address reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from icalendar import Calendar
from sqlalchemy import text
from sqlmodel import select

from peak_app.api.calendars import READS_PER_MINUTE
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.accounts.tokens import new_secret
from peak_app.domain.agents.conduct import Conduct, Stage
from peak_app.domain.agents.service import AgentService
from peak_app.domain.calendars.models import CalendarFeed
from peak_app.domain.calendars.service import CalendarService
from peak_app.domain.meetings.service import MeetingService
from peak_app.errors import Conflict, NotFound
from peak_app.ports.clock import system_clock
from tests.integration.web_stage import Browser, WebStage
from tests.people import register

ANN, BOB = "ann@example.org", "bob@example.org"
ORIGIN = "https://peak.example.org"


@dataclass
class Planner:
    """Someone with an agent, who plans."""

    sessions: TenantSessions
    user_id: UUID
    calendars: CalendarService
    meetings: MeetingService
    agent_id: UUID

    def plan(self, title: str = "Round one", *, days: float | None = 1) -> UUID:
        at = system_clock() + timedelta(days=days) if days is not None else None
        view = self.meetings.create_meeting(self.user_id, title=title, agent_id=self.agent_id, scheduled_at=at)
        return view.meeting_id

    def feed(self, address: str) -> list[dict[str, str]]:
        content = self.calendars.read_feed(secret_of(address))
        return [
            {key: str(value) for key, value in event.items()} for event in Calendar.from_ical(content).walk("VEVENT")
        ]


def secret_of(address: str) -> str:
    return address.rpartition("/")[2].removesuffix(".ics")


def planner(sessions: TenantSessions, user_id: UUID) -> Planner:
    agent = AgentService(sessions, system_clock).create_agent(
        user_id, name="Ada", instructions="Ask.", conduct=Conduct(stages=(Stage("Warm-up", 15), Stage("Depth", 30)))
    )
    calendars = CalendarService(sessions, lambda purpose: purpose.encode() * 4, system_clock, ORIGIN)
    return Planner(sessions, user_id, calendars, MeetingService(sessions, system_clock), agent.agent_id)


@pytest.fixture
def ann(sessions: TenantSessions) -> Planner:
    return planner(sessions, register(sessions, ANN).user_id)


def test_a_feed_has_what_is_planned_moved_and_cancelled(ann: Planner) -> None:
    kept, moved, cancelled = ann.plan("Kept"), ann.plan("Moved"), ann.plan("Cancelled")
    ann.plan("Without a time", days=None)
    ann.meetings.reschedule_meeting(ann.user_id, moved, scheduled_at=system_clock() + timedelta(days=3))
    ann.meetings.cancel_meeting(ann.user_id, cancelled, reason="Ill.")
    events = {event["SUMMARY"]: event for event in ann.feed(ann.calendars.renew_feed(ann.user_id))}
    assert set(events) == {"Kept", "Moved", "Cancelled"}
    assert [events[title]["SEQUENCE"] for title in ("Kept", "Moved", "Cancelled")] == ["0", "1", "1"]
    assert [events[title]["STATUS"] for title in ("Kept", "Moved", "Cancelled")] == [
        "CONFIRMED",
        "CONFIRMED",
        "CANCELLED",
    ]
    assert str(kept) in events["Kept"]["UID"]


def test_an_entry_takes_as_long_as_its_agents_stages(ann: Planner) -> None:
    content = ann.calendars.write_entry(ann.user_id, ann.plan())
    [event] = Calendar.from_ical(content).walk("VEVENT")
    starts, ends = (event.decoded(name) for name in ("DTSTART", "DTEND"))
    assert isinstance(starts, datetime)
    assert ends - starts == timedelta(minutes=45)


def test_a_renewed_address_makes_the_old_one_worthless_and_switching_off_both(ann: Planner) -> None:
    ann.plan()
    old = ann.calendars.renew_feed(ann.user_id)
    new = ann.calendars.renew_feed(ann.user_id)
    with pytest.raises(NotFound, match="There is nothing here"):
        ann.feed(old)
    assert len(ann.feed(new)) == 1
    assert ann.calendars.find_feed(ann.user_id) is not None
    ann.calendars.switch_off(ann.user_id)
    ann.calendars.switch_off(ann.user_id)
    with pytest.raises(NotFound):
        ann.feed(new)
    assert ann.calendars.find_feed(ann.user_id) is None


def test_the_database_keeps_no_address_that_could_be_read(ann: Planner) -> None:
    secret = secret_of(ann.calendars.renew_feed(ann.user_id))
    with ann.sessions.for_user(ann.user_id) as session:
        assert secret not in session.exec(select(CalendarFeed)).one().model_dump_json()


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "../../etc/passwd", "%", "a" * 10_000, "\0" * 43, "é" * 43])
def test_a_secret_that_nobody_has_leads_nowhere(ann: Planner, secret: str) -> None:
    ann.calendars.renew_feed(ann.user_id)
    with pytest.raises(NotFound, match="There is nothing here"):
        ann.calendars.read_feed(secret)


def test_a_secret_opens_only_the_feed_it_belongs_to(ann: Planner, sessions: TenantSessions) -> None:
    bob = planner(sessions, register(sessions, BOB).user_id)
    ann.plan("Ann's")
    bob.plan("Bob's")
    ann.calendars.renew_feed(ann.user_id)
    assert [event["SUMMARY"] for event in bob.feed(bob.calendars.renew_feed(bob.user_id))] == ["Bob's"]
    with sessions.for_token("0" * 64) as session:
        assert session.execute(text("select count(*) from calendar_feed")).scalar() == 0


def test_an_entry_is_for_its_owner_only_and_for_a_plan_with_a_time(ann: Planner, sessions: TenantSessions) -> None:
    bob = register(sessions, BOB).user_id
    with pytest.raises(NotFound):
        ann.calendars.write_entry(bob, ann.plan())
    with pytest.raises(Conflict, match="no time yet"):
        ann.calendars.write_entry(ann.user_id, ann.plan(days=None))


# Over the real web process


def arrive(web: WebStage, sessions: TenantSessions, email: str) -> tuple[Browser, Planner]:
    browser = web.browser()
    browser.sign_in(email)
    with sessions.for_email(email) as session:
        user_id = session.exec(select(Account.id)).one()
    known = planner(sessions, user_id)
    known.calendars = CalendarService(sessions, web.settings.derive, system_clock, web.origin)
    return browser, known


def test_the_feed_is_read_without_a_session_and_stays_out_of_logs_and_caches(
    web: WebStage, sessions: TenantSessions
) -> None:
    _, known = arrive(web, sessions, ANN)
    known.plan("Round\r\nBEGIN:VALARM one")
    address = known.calendars.renew_feed(known.user_id)
    stranger = web.browser().http
    answer = stranger.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert "SUMMARY:Round BEGIN:VALARM one\r\n" in answer.text
    assert ANN not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert stranger.head(address).status_code == 200
    assert secret_of(address) not in web.log.read_text()


def test_a_feed_is_not_read_without_end(web: WebStage, sessions: TenantSessions) -> None:
    _, known = arrive(web, sessions, ANN)
    address = known.calendars.renew_feed(known.user_id)
    http = web.browser().http
    assert [http.get(address).status_code for _ in range(READS_PER_MINUTE)] == [200] * READS_PER_MINUTE
    refused = http.get(address)
    assert (refused.status_code, "wait a minute" in refused.json()["error"]) == (429, True)


@pytest.mark.parametrize("name", [f"{new_secret()}.ics", new_secret(), "x.ics", ".ics", "%00.ics", "a" * 5000 + ".ics"])
def test_an_address_that_leads_nowhere_says_nothing(web: WebStage, name: str) -> None:
    answer = web.browser().http.get(f"/calendar/{name}")
    assert (answer.status_code, answer.json()) == (404, {"error": "There is nothing here."})


def test_the_file_of_a_meeting_is_for_its_owner(web: WebStage, sessions: TenantSessions) -> None:
    browser, known = arrive(web, sessions, ANN)
    meeting_id = known.plan("مقابلة 😀")
    path = f"/api/meetings/{meeting_id}/calendar.ics"
    answer = browser.http.get(path)
    assert answer.headers["content-disposition"] == 'attachment; filename="meetings.ics"'
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["SUMMARY"]) == "مقابلة 😀"
    assert web.browser().http.get(path).status_code == 401
    other, _ = arrive(web, sessions, BOB)
    assert other.http.get(path).status_code == 404
    assert other.http.get(path).content == other.http.get(f"/api/meetings/{UUID(int=7)}/calendar.ics").content

"""`/meetings` over the real web process: the address decides, several are deleted, and the bell rings by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.notifications.service import NotificationService
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.integration.web_stage import Browser, Page, WebStage

ANN, BOB = "ann@example.org", "bob@example.org"
LIST, BULK, PLAN = "meetings____meetings_state", "bulk_deletion____bulk_deletion_state", "plan____plan_state"
BELL = "notifications____notifications_state"


@dataclass
class Person:
    browser: Browser
    user_id: UUID
    agent_id: UUID
    meetings: MeetingService
    calls: CallService
    worker_sessions: TenantSessions

    def plan(self, title: str, *, days: float | None = 1) -> str:
        at = system_clock() + timedelta(days=days) if days is not None else None
        made = self.meetings.create_meeting(self.user_id, title=title, agent_id=self.agent_id, scheduled_at=at)
        return str(made.meeting_id)

    def finish(self, meeting_id: str) -> None:
        wanted = UUID(meeting_id)
        self.calls.open_call(self.user_id, wanted, "bridge-1")
        self.calls.mark_connected(self.user_id, wanted, "bridge-1")
        self.calls.end_call(self.user_id, wanted, "ended_by_person")
        tell = NotificationService(self.worker_sessions, system_clock, "https://peak.example.org").tell_of_results
        MeetingService(self.worker_sessions, system_clock, tell).complete_meeting(self.user_id, wanted)


@pytest.fixture
def arrive(running: WebStage, database: ScratchDatabase, sessions, worker_sessions) -> Iterator[Any]:
    def come(email: str) -> Person:
        browser = running.browser()
        browser.sign_in(email)
        with sessions.for_email(email) as session:
            user_id = session.exec(select(Account.id)).one()
        agent = AgentService(sessions, system_clock).create_agent(user_id, name="Ada", instructions="Ask.")
        meetings, calls = MeetingService(sessions, system_clock), CallService(worker_sessions, system_clock)
        return Person(browser, user_id, agent.agent_id, meetings, calls, worker_sessions)

    yield come
    running.close_browsers()


async def send(page: Page, state: str, handler: str, **payload: Any) -> None:
    name = next(name for name in page.state if name.endswith(state))
    await page.send(f"{name}.{handler}", payload)


async def loaded(page: Page) -> list[str]:
    """Titles of the rows, once the list is there."""
    await page.until(lambda: page.var(LIST, "is_loaded"))
    return titles(page)


def titles(page: Page) -> list[str]:
    return [row["title"] for row in page.var(LIST, "rows") or []]


async def test_the_address_says_which_meetings_are_shown(arrive: Any) -> None:
    ann = arrive(ANN)
    for number in range(22):
        ann.plan(f"Round {number:02}", days=1 + number)
    async with ann.browser.page("/meetings") as page:
        assert len(await loaded(page)) == 20
        assert (page.var(LIST, "total_text"), page.var(LIST, "next_path")) == ("22 meetings", "/meetings?page=2")
    async with ann.browser.page("/meetings?page=2&sort=title") as page:
        assert await loaded(page) == ["Round 20", "Round 21"]
        assert page.redirects == []
    async with ann.browser.page("/meetings?q=round+07") as page:
        assert await loaded(page) == ["Round 07"]
        assert page.var(LIST, "search") == "round 07"


async def test_meetings_of_an_archived_agent_are_still_found_by_it(arrive: Any, sessions: TenantSessions) -> None:
    ann = arrive(ANN)
    ann.plan("With Ada")
    agents = AgentService(sessions, system_clock)
    bo, cy = (agents.create_agent(ann.user_id, name=name, instructions="Ask.").agent_id for name in ("Bo", "Cy"))
    ann.agent_id = cy
    ann.plan("With Cy")
    for agent_id in (bo, cy):
        agents.archive_agent(ann.user_id, agent_id, True)
    async with ann.browser.page(f"/meetings?agent={cy}") as page:
        assert await loaded(page) == ["With Cy"]
        # Nothing was ever planned with Bo, so there is nothing to find by it.
        assert [agent["name"] for agent in page.var(LIST, "agents")] == ["Ada", "Cy (archived)"]
        assert page.redirects == []


@pytest.mark.parametrize(
    ("nonsense", "right"),
    [
        ("?state=sleeping&score=99&from=9999-99-99&page=-1&view=spiral", "/meetings"),
        ("?page=400&q=round", "/meetings?q=round"),
        ("?agent=01a217a5-2893-7916-bf71-30b78546b937&sort=title&x=<script>", "/meetings?sort=title"),
        ("?from=2026-03-10&to=2026-03-01&to=2000-01-01", "/meetings?from=2026-03-10"),
    ],
)
async def test_what_makes_no_sense_is_ignored_and_the_address_set_right(arrive: Any, nonsense: str, right: str) -> None:
    ann = arrive(ANN)
    ann.plan("Round one")
    async with ann.browser.page(f"/meetings{nonsense}") as page:
        assert await loaded(page) == ["Round one"]
        await page.until(lambda: page.redirects)
        assert page.redirects == [right]


async def test_a_changed_filter_leads_to_its_first_page(arrive: Any) -> None:
    ann = arrive(ANN)
    for number in range(21):
        ann.plan(f"Round {number:02}")
    async with ann.browser.page("/meetings?page=2&sort=title") as page:
        await loaded(page)
        await send(page, LIST, "change", name="state", value="scheduled")
        await page.until(lambda: page.redirects)
        await send(page, LIST, "change", name="q", value="  Łódź & 😀 " + "x" * 5000)
        await page.until(lambda: len(page.redirects) == 2)
        assert page.redirects[0] == "/meetings?state=scheduled&sort=title"
        assert page.redirects[1].startswith("/meetings?q=%C5%81%C3%B3d%C5%BA+%26+%F0%9F%98%80+xxx")
        assert len(page.redirects[1]) < 300


async def test_a_filter_that_makes_no_sense_changes_nothing(arrive: Any) -> None:
    ann = arrive(ANN)
    ann.plan("Round one")
    async with ann.browser.page("/meetings") as page:
        await loaded(page)
        for name, value in (
            ("state", "sleeping"),
            ("from", "0002-11-05"),
            ("score", "٣"),
            ("agent", ["x"]),
            ("page", "2"),
            ("_query", "x"),
            (None, None),
            ("month", "9999-99"),
        ):
            await send(page, LIST, "change", name=name, value=value)
        await send(page, LIST, "change", name="sort", value="title")
        await page.until(lambda: page.redirects)
        assert page.redirects == ["/meetings?sort=title"]


async def test_a_month_shows_its_meetings_and_marks_what_is_overdue(arrive: Any, sessions: TenantSessions) -> None:
    ann = arrive(ANN)
    planned = ann.plan("Missed", days=0)
    with sessions.for_user(ann.user_id) as session:
        session.get_one(Meeting, UUID(planned)).scheduled_at = system_clock() - timedelta(hours=1)
    async with ann.browser.page("/meetings?view=calendar") as page:
        await loaded(page)
        found = [item for week in page.var(LIST, "weeks") for day in week["days"] for item in day["shown"]]
        assert [(item["title"], item["is_overdue"]) for item in found] == [("Missed", True)]
    async with ann.browser.page("/meetings") as page:
        await loaded(page)
        assert page.var(LIST, "rows")[0]["is_overdue"] is True
    async with ann.browser.page(f"/meetings/{planned}") as page:
        await page.until(lambda: page.var("meeting____meeting_state", "is_overdue"))


async def test_what_is_selected_is_deleted_once_and_the_held_one_named(arrive: Any) -> None:
    ann = arrive(ANN)
    gone, held = ann.plan("Gone"), ann.plan("Held")
    ann.plan("Kept")
    ann.calls.open_call(ann.user_id, UUID(held), "bridge-1")
    async with ann.browser.page("/meetings") as page:
        await loaded(page)
        for meeting_id in (gone, held, "01a217a5-2893-7916-bf71-30b78546b937", "x"):
            await send(page, LIST, "select", meeting_id=meeting_id, is_selected=True)
        await page.until(lambda: page.var(LIST, "selected") == [gone, held])
        await send(page, BULK, "ask")
        await page.until(lambda: page.var(BULK, "question") == "Delete 2 meetings?")
        await send(page, BULK, "delete")
        await send(page, BULK, "delete")
        await page.until(lambda: page.var(BULK, "refusals"))
        [refusal] = page.var(BULK, "refusals")
        assert (refusal["title"], "being held" in refusal["sentence"]) == ("Held", True)
        assert sorted(titles(page)) == ["Held", "Kept"]
        assert page.var(LIST, "selected") == [held]


async def test_someone_elses_meeting_is_neither_selected_nor_moved(arrive: Any) -> None:
    ann, bob = arrive(ANN), arrive(BOB)
    secret = ann.plan("Secret")
    async with bob.browser.page("/meetings") as page:
        await loaded(page)
        await send(page, LIST, "select", meeting_id=secret, is_selected=True)
        await send(page, BULK, "ask_one", meeting_id=secret)
        await send(page, PLAN, "open_move", meeting_id=secret)
        await page.until(lambda: "doesn't exist" in page.var("session____session_state", "notice").get("text", ""))
        assert (page.var(LIST, "selected"), page.var(PLAN, "is_moving"), page.var(BULK, "is_asking")) == (
            [],
            False,
            False,
        )
        assert "Secret" not in "".join(page.received)


async def test_a_plan_is_moved_on_the_persons_own_clock(arrive: Any, sessions: TenantSessions) -> None:
    ann = arrive(ANN)
    meeting_id = ann.plan("Round one")
    with sessions.for_user(ann.user_id) as session:
        session.get_one(Account, ann.user_id).time_zone = "Europe/Berlin"
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await page.until(lambda: page.var("meeting____meeting_state", "is_loaded"))
        await send(page, PLAN, "open_move", meeting_id=meeting_id)
        await page.until(lambda: page.var(PLAN, "is_moving"))
        year = system_clock().year + (system_clock().month > 3)
        gap = next(f"{year}-03-{day}T02:30" for day in range(31, 24, -1) if _is_sunday(year, day))
        await send(page, PLAN, "move", form={"at": gap})
        await page.until(lambda: "Clocks skip 02:30" in page.var(PLAN, "error"))
        await send(page, PLAN, "move", form={"at": "9999-99-99T99:99"})
        await page.until(lambda: "Choose a date" in page.var(PLAN, "error"))
        at = (system_clock() + timedelta(days=2)).replace(tzinfo=None, microsecond=0, second=0)
        await send(page, PLAN, "move", form={"at": at.isoformat()})
        await page.until(lambda: page.var(PLAN, "is_moving") is False)
    moved = ann.meetings.get_meeting(ann.user_id, UUID(meeting_id))
    assert moved.scheduled_at is not None
    assert moved.scheduled_at.replace(tzinfo=None) < at


def _is_sunday(year: int, day: int) -> bool:
    return date(year, 3, day).weekday() == 6


async def test_the_bell_rings_in_an_open_page_and_is_silent_once_read(arrive: Any) -> None:
    ann, bob = arrive(ANN), arrive(BOB)
    meeting_id = ann.plan("Round one")
    async with ann.browser.page("/agents") as page, bob.browser.page("/agents") as other:
        await page.until(lambda: page.var(BELL, "label") == "Notifications")
        await other.until(lambda: other.var(BELL, "label") == "Notifications")
        ann.finish(meeting_id)
        await page.until(lambda: page.var(BELL, "label") == "Notifications, 1 unread")
        [row] = page.var(BELL, "rows")
        assert (row["title"], row["sign"], row["path"]) == ("Round one", "ready", f"/meetings/{meeting_id}")
        await send(other, BELL, "open", notification_id=row["notification_id"])
        await other.until(lambda: "isn't there" in other.var("session____session_state", "notice").get("text", ""))
        await send(page, BELL, "open", notification_id=row["notification_id"])
        await page.until(lambda: page.redirects)
        assert (page.redirects, page.var(BELL, "unread")) == ([f"/meetings/{meeting_id}"], 0)
        assert "Round one" not in "".join(other.received)


async def test_choices_and_the_feed_are_kept(arrive: Any) -> None:
    ann = arrive(ANN)
    choices, feed = "notifications____notification_choices_state", "calendar_feed____calendar_feed_state"
    async with ann.browser.page("/settings") as page:
        await page.until(lambda: page.var(choices, "leads") == [60])
        await send(page, choices, "save", form={"reminder_in_app": "on"})
        await page.until(lambda: "at least one time" in page.var(choices, "error"))
        await send(page, choices, "save", form={"reminder_by_mail": "on", "lead_10": "on", "lead_7": "on"})
        await page.until(lambda: page.var(choices, "leads") == [10])
        shown = {name: page.var(choices, name) for name in ("reminder_in_app", "reminder_by_mail", "results_in_app")}
        assert shown == {"reminder_in_app": False, "reminder_by_mail": True, "results_in_app": False}
        await send(page, feed, "renew")
        await page.until(lambda: page.var(feed, "address"))
        assert page.var(feed, "address").startswith(f"{ann.browser.stage.origin}/calendar/")
        await send(page, feed, "switch_off")
        await page.until(lambda: page.var(feed, "is_on") is False)
        assert page.var(feed, "address") == ""

"""What the dashboard, progress and compare say over the real web process: with no session, with one, to nobody else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.insights.deliveries import DeliveryService
from peak_app.domain.insights.service import InsightService
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.deletion import DeletionService
from peak_app.domain.meetings.models import FOCUS_LIMIT, Meeting
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.scorecards.service import ScorecardService
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.fakes.ears import FakeEars, no_recording
from tests.fakes.language import FakeLanguage
from tests.held_calls import ENOUGH_WORDS, turns_of
from tests.integration.web_stage import Browser, Page, WebStage

TITLE = "<b>Runde</b> \u0645\u0631\u062d\u0628\u0627 🙂"


@dataclass
class Someone:
    browser: Browser
    user_id: UUID
    sessions: TenantSessions
    worker_sessions: TenantSessions

    def __post_init__(self) -> None:
        self.agents = AgentService(self.sessions, system_clock)
        self.meetings = MeetingService(self.sessions, system_clock)

    def describe_agent(self) -> UUID:
        words = "A backend interview about databases."
        return self.agents.create_agent(self.user_id, name="Ada", instructions=words).agent_id

    def hold(self, agent_id: UUID, *, days_ago: int = 0) -> UUID:
        """A completed meeting with all its results."""
        meeting_id = self.meetings.create_meeting(self.user_id, title=TITLE, agent_id=agent_id).meeting_id
        calls = CallService(self.worker_sessions, system_clock)
        calls.open_call(self.user_id, meeting_id, "bridge-1")
        calls.mark_connected(self.user_id, meeting_id, "bridge-1")
        for turn in turns_of(ENOUGH_WORDS):
            calls.save_turn(self.user_id, meeting_id, turn)
        calls.end_call(self.user_id, meeting_id, "ended_by_person")
        language = FakeLanguage()
        insights = InsightService(self.worker_sessions, language, system_clock)
        deliveries = DeliveryService(self.worker_sessions, FakeEars(), no_recording, system_clock)
        scorecards = ScorecardService(self.worker_sessions, language, system_clock)
        for make in (insights.make_transcript, deliveries.make_delivery, scorecards.make_scorecard):
            make(self.user_id, meeting_id)
        self.meetings.complete_meeting(self.user_id, meeting_id)
        with self.sessions.for_user(self.user_id) as session:
            meeting = session.get_one(Meeting, meeting_id)
            meeting.connected_ms = 600_000
            for name in ("started_at", "ended_at", "created_at"):
                setattr(meeting, name, getattr(meeting, name) - timedelta(days=days_ago))
        return meeting_id

    def delete(self, meeting_id: UUID) -> None:
        DeletionService(self.sessions, system_clock).delete_meeting(self.user_id, meeting_id)


Arrive = Callable[[str], Someone]


@pytest.fixture
def arrive(running: WebStage, database: ScratchDatabase, sessions, worker_sessions) -> Iterator[Arrive]:
    def sign_in(email: str) -> Someone:
        browser = running.browser()
        browser.sign_in(email)
        with sessions.for_email(email) as session:
            user_id = session.exec(select(Account.id).where(Account.email == email)).one()
        return Someone(browser, user_id, sessions, worker_sessions)

    yield sign_in
    running.close_browsers()


@pytest.fixture
def ann(arrive: Arrive) -> Someone:
    return arrive("ann@example.org")


def shown(page: Page, state: str, name: str) -> Any:
    return page.var(f"{state}____{state}_state", name)


async def send(page: Page, state: str, event: str, payload: dict[str, Any]) -> None:
    name = next(known for known in page.state if known.endswith(f"{state}____{state}_state"))
    await page.send(f"{name}.{event}", payload)


def told_of_practice(page: Page) -> list[dict[str, Any]]:
    return [fields for name, fields in page.state.items() if "progress" in name or "dashboard" in name]


async def loaded(page: Page, state: str) -> None:
    await page.until(lambda: shown(page, state, "is_loaded"))


async def test_with_no_session_nothing_is_claimed(ann: Someone) -> None:
    async with ann.browser.page("/dashboard") as page:
        await loaded(page, "dashboard")
        assert shown(page, "dashboard", "next_step") == "agent"
        assert (shown(page, "dashboard", "streak"), shown(page, "dashboard", "this_week")) == ("0 days", "0 min")
        assert shown(page, "dashboard", "score")["path"] == ""
        for name in ("rows", "ahead", "skills", "weakest"):
            assert shown(page, "dashboard", name) == []
    async with ann.browser.page("/progress") as page:
        await loaded(page, "progress")
        assert shown(page, "progress", "meeting_count") == 0
        assert shown(page, "progress", "scores") == []
    async with ann.browser.page("/progress/compare") as page:
        await loaded(page, "compare")
        assert (shown(page, "compare", "choices"), shown(page, "compare", "is_ready")) == ([], False)
        assert shown(page, "compare", "problem") == ""


async def test_one_session_shows_its_numbers_without_a_line(ann: Someone) -> None:
    meeting_id = ann.hold(ann.describe_agent())
    async with ann.browser.page("/dashboard") as page:
        await loaded(page, "dashboard")
        assert shown(page, "dashboard", "next_step") == "read"
        assert (shown(page, "dashboard", "streak"), shown(page, "dashboard", "this_week")) == ("1 day", "10 min")
        assert shown(page, "dashboard", "score")["mean"] == "3.0"
        assert shown(page, "dashboard", "score")["path"] == f"/meetings/{meeting_id}?tab=scorecard"
        assert {row["text"] for row in shown(page, "dashboard", "skills")} == {"3 of 5"}
        weakest = shown(page, "dashboard", "weakest")
        assert len(weakest) == 2
        assert all("One session is a first sign" in row["why"] for row in weakest)
        assert [row["title"] for row in shown(page, "dashboard", "rows")] == [TITLE]
    async with ann.browser.page("/progress") as page:
        await loaded(page, "progress")
        (group,) = shown(page, "progress", "scores")
        assert {row["summary"] for row in group["trends"]} == {"1 session."}
        assert {(row["median"], row["low"], row["change"]) for row in group["trends"]} == {(-1, -1, "")}
        assert [row["title"] for row in group["rows"]] == [TITLE]
    async with ann.browser.page("/progress/compare") as page:
        await loaded(page, "compare")
        assert shown(page, "compare", "is_ready") is False


async def test_the_range_is_in_the_address_and_nonsense_means_the_usual_one(ann: Someone) -> None:
    agent_id = ann.describe_agent()
    ann.hold(agent_id, days_ago=200)
    ann.hold(agent_id, days_ago=60)
    ann.hold(agent_id, days_ago=1)
    counts: dict[str, tuple[str, int]] = {}
    for asked in ("30", "90", "all", "", "-1", "x" * 3_000, "%00"):
        async with ann.browser.page(f"/progress?range={asked}") as page:
            await loaded(page, "progress")
            counts[asked] = shown(page, "progress", "range") or "90", shown(page, "progress", "shown_count")
            assert shown(page, "progress", "meeting_count") == 3
    assert counts["30"] == ("30", 1)
    assert counts["90"] == ("90", 2)
    assert counts["all"] == ("all", 3)
    assert {counts[asked] for asked in ("", "-1", "x" * 3_000, "%00")} == {("90", 2)}


async def test_a_session_that_is_deleted_leaves_all_open_pages_at_once(ann: Someone) -> None:
    agent_id = ann.describe_agent()
    first, second = ann.hold(agent_id, days_ago=1), ann.hold(agent_id)
    compared = f"/progress/compare?first={first}&second={second}"
    async with (
        ann.browser.page("/dashboard") as dashboard,
        ann.browser.page("/progress") as progress,
        ann.browser.page(compared) as compare,
    ):
        await dashboard.until(lambda: shown(dashboard, "dashboard", "streak") == "2 days")
        await progress.until(lambda: shown(progress, "progress", "shown_count") == 2)
        await compare.until(lambda: shown(compare, "compare", "is_ready"))

        ann.delete(first)

        await dashboard.until(lambda: shown(dashboard, "dashboard", "streak") == "1 day")
        await progress.until(lambda: shown(progress, "progress", "shown_count") == 1)
        await compare.until(lambda: shown(compare, "compare", "problem") == t("compare.missing"))
        # A page that was just reading when the session went may name it once more, until it hears of the deletion.
        for page in (dashboard, progress, compare):
            await page.until(lambda page=page: str(first) not in str(told_of_practice(page)))
        assert shown(compare, "compare", "is_ready") is False


async def test_two_attempts_are_laid_side_by_side_by_the_address_or_the_newest_two(ann: Someone) -> None:
    agent_id = ann.describe_agent()
    oldest, older, newest = (ann.hold(agent_id, days_ago=days) for days in (9, 5, 1))
    async with ann.browser.page("/progress/compare") as page:
        await page.until(lambda: shown(page, "compare", "is_ready"))
        assert (shown(page, "compare", "first_id"), shown(page, "compare", "second_id")) == (str(older), str(newest))
        assert [choice["meeting_id"] for choice in shown(page, "compare", "choices")] == [
            str(meeting_id) for meeting_id in (newest, older, oldest)
        ]
        await send(page, "compare", "choose", {"form": {"first": str(newest), "second": str(oldest)}})
        wanted = f"/progress/compare?first={newest}&second={oldest}"
        await page.until(lambda: wanted in page.redirects)
    async with ann.browser.page(wanted) as page:
        await page.until(lambda: shown(page, "compare", "is_ready"))
        assert shown(page, "compare", "first")["path"] == f"/meetings/{newest}"
        assert shown(page, "compare", "scores")[0]["change"] == "0, the same"
        assert shown(page, "compare", "delivery")
        assert shown(page, "compare", "lengths")[0]["first"] == "10 min"


async def test_nonsense_and_what_belongs_to_others_gives_a_sentence(ann: Someone, arrive: Arrive) -> None:
    own, other = ann.hold(ann.describe_agent()), ann.hold(ann.describe_agent(), days_ago=1)
    bob = arrive("bob@example.org")
    foreign = bob.hold(bob.describe_agent())
    planned = ann.meetings.create_meeting(ann.user_id, title="Plan", agent_id=ann.describe_agent()).meeting_id
    sentences = {
        f"first={own}&second={own}": t("compare.same"),
        **{
            f"first={own}&second={second}": t("compare.missing")
            for second in (foreign, planned, uuid4(), "x", "", "%00", "'; drop table meeting", "x" * 2_000)
        },
        f"first={foreign}": t("compare.missing"),
    }
    for query, sentence in sentences.items():
        async with ann.browser.page(f"/progress/compare?{query}") as page:
            await page.until(lambda page=page, sentence=sentence: shown(page, "compare", "problem") == sentence)
            assert shown(page, "compare", "is_ready") in (False, None)
            assert [choice["meeting_id"] for choice in shown(page, "compare", "choices")] == [str(own), str(other)]
    async with ann.browser.page("/progress/compare") as page:
        await loaded(page, "compare")
        for form in (None, "x", {"first": ["a"], "second": {"b": 1}}, {"first": "//evil.example", "second": 7}):
            page.redirects.clear()
            await send(page, "compare", "choose", {"form": form})
            await page.until(lambda: page.redirects == ["/progress/compare?first=&second="])


async def test_a_drill_begins_with_the_right_agent_and_a_focus(ann: Someone) -> None:
    ann.describe_agent()
    agent_id = ann.agents.create_agent(ann.user_id, name="Zoe", instructions="A backend interview.").agent_id
    ann.hold(agent_id)
    async with ann.browser.page("/dashboard") as page:
        await loaded(page, "dashboard")
        skill = shown(page, "dashboard", "weakest")[0]
        await send(page, "drill", "open_for", {"key": skill["key"]})
        await page.until(lambda: shown(page, "drill", "is_open"))
        assert shown(page, "drill", "agent_id") == str(agent_id)
        assert shown(page, "drill", "title") == f"Drill: {skill['name']}"
        focus = shown(page, "drill", "focus")
        assert focus.startswith(f"{skill['name']}: ")

        def form(**changed: Any) -> dict[str, Any]:
            return {"form": {"title": "Drill", "agent": str(agent_id), "focus": focus} | changed}

        for bad, sentence in (
            (form(title=""), "Title"),
            (form(focus="x" * (FOCUS_LIMIT + 1)), "Focus"),
            (form(focus=["x"]), "Focus"),
            (form(agent=str(uuid4())), "agent"),
            ({"form": None}, "agent"),
        ):
            await send(page, "drill", "start", bad)
            await page.until(lambda sentence=sentence: sentence in shown(page, "drill", "error"))
        assert ann.meetings.list_meetings(ann.user_id).total == 1

        await send(page, "drill", "start", form())
        await page.until(lambda: page.redirects)
        meeting_id = page.redirects[-1].rpartition("/")[2]
        assert page.redirects[-1] == f"/call/{meeting_id}"
    async with ann.browser.page(f"/meetings/{meeting_id}") as page:
        await loaded(page, "meeting")
        assert shown(page, "meeting", "focus") == focus


async def test_a_suggestion_that_is_gone_or_of_someone_else_opens_nothing(ann: Someone, arrive: Arrive) -> None:
    ann.hold(ann.describe_agent())
    bob = arrive("bob@example.org")
    async with ann.browser.page("/dashboard") as page:
        await loaded(page, "dashboard")
        key = shown(page, "dashboard", "weakest")[0]["key"]
    async with bob.browser.page("/dashboard") as page:
        await loaded(page, "dashboard")
        for nonsense in (key, "delivery/no", None, {"a": 1}, "x" * 5_000):
            await send(page, "drill", "open_for", {"key": nonsense})
            await page.until(
                lambda: (page.var("session____session_state", "notice") or {}).get("text") == t("drill.gone")
            )
            assert shown(page, "drill", "is_open") in (False, None)
            await send(page, "session", "clear_notice", {"notice_id": ""})
            await page.until(lambda: not page.var("session____session_state", "notice"))

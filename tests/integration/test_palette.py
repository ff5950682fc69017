"""What the command palette finds, over the real web process: one's own, by name, and no more than is shown."""

from uuid import UUID

import pytest
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.service import MeetingService
from peak_app.errors import InvalidInput
from peak_app.ports.clock import system_clock
from peak_app.state.palette import EACH, PaletteState
from tests.integration.web_stage import Browser, Page, WebStage

ANN, BOB = "ann@example.org", "bob@example.org"
SEARCH = f"{PaletteState.get_full_name()}.search"


def person(web: WebStage, sessions: TenantSessions, email: str) -> tuple[Browser, UUID]:
    browser = web.browser()
    browser.sign_in(email)
    with sessions.for_email(email) as session:
        return browser, session.exec(select(Account.id)).one()


async def find(page: Page, text: object) -> list[str]:
    await page.send(SEARCH, {"text": text})
    words = text if isinstance(text, str) else ""
    await page.until(lambda: page.var("palette_state", "is_loaded") and page.var("palette_state", "answered") == words)
    return [row["title"] for row in page.var("palette_state", "rows")]


async def test_meetings_and_agents_are_found_by_their_names(web: WebStage, sessions: TenantSessions) -> None:
    ann, ann_id = person(web, sessions, ANN)
    agent = AgentService(sessions, system_clock).create_agent(ann_id, name="Ada 100 %", instructions="Ask.")
    meetings = MeetingService(sessions, system_clock)
    for title in ("Round one", "<b>Round</b> two", "Другая встреча"):
        meetings.create_meeting(ann_id, title=title, agent_id=agent.agent_id)
    async with ann.page("/dashboard") as page:
        assert await find(page, "ROUND") == ["<b>Round</b> two", "Round one"]
        assert await find(page, "другая") == ["Другая встреча"]
        # Its name finds an agent, and the meetings with it; signs of a pattern are letters like others.
        assert await find(page, "100 %") == ["Другая встреча", "<b>Round</b> two", "Round one", "Ada 100 %"]
        assert await find(page, "_") == []
        assert len(await find(page, "")) == 4


async def test_no_more_is_found_than_is_shown(web: WebStage, sessions: TenantSessions) -> None:
    ann, ann_id = person(web, sessions, ANN)
    agents = AgentService(sessions, system_clock)
    for number in range(EACH + 3):
        agents.create_agent(ann_id, name=f"Coach {number}", instructions="Ask.")
    async with ann.page("/dashboard") as page:
        assert len(await find(page, "coach")) == EACH


async def test_nobody_finds_what_is_someone_elses(web: WebStage, sessions: TenantSessions) -> None:
    _, ann_id = person(web, sessions, ANN)
    bob, _ = person(web, sessions, BOB)
    agent = AgentService(sessions, system_clock).create_agent(ann_id, name="Secret", instructions="Ask.")
    MeetingService(sessions, system_clock).create_meeting(ann_id, title="Secret", agent_id=agent.agent_id)
    async with bob.page("/dashboard") as page:
        assert await find(page, "Secret") == []
        assert await find(page, "") == []


async def test_what_is_no_text_finds_what_no_text_does(web: WebStage, sessions: TenantSessions) -> None:
    ann, _ = person(web, sessions, ANN)
    async with ann.page("/dashboard") as page:
        for junk in (None, 7, ["a"], {"text": "a"}):
            assert await find(page, junk) == []


def test_a_text_too_long_for_a_name_is_refused_by_the_services(web: WebStage, sessions: TenantSessions) -> None:
    _, ann_id = person(web, sessions, ANN)
    with pytest.raises(InvalidInput):
        AgentService(sessions, system_clock).find_named(ann_id, "x" * 5_000, limit=5)
    with pytest.raises(InvalidInput):
        MeetingService(sessions, system_clock).find_titled(ann_id, "x" * 5_000, limit=5)

"""The pages of agents over the real web process: what they load, and what their buttons do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.service import AgentProfile, AgentService
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.integration.web_stage import Browser, Page, WebStage

AGENT, VERSIONS = "agent____agent_state", "versions____versions_state"
LIST, NEW, GALLERY = "agents____agents_state", "agents____new_agent_state", "gallery____gallery_state"
ROOT = "reflex___state____state.peak_app___state___"


@pytest.fixture
def ann(running: WebStage, database: ScratchDatabase) -> Iterator[Browser]:
    browser = running.browser()
    browser.sign_in("ann@example.org")
    yield browser
    running.close_browsers()


@pytest.fixture
def agents(sessions: TenantSessions) -> AgentService:
    return AgentService(sessions, system_clock)


@pytest.fixture
def agent(ann: Browser, agents: AgentService, sessions: TenantSessions) -> AgentProfile:
    with sessions.for_email("ann@example.org") as session:
        user_id = session.exec(select(Account.id)).one()
    made = agents.create_agent(user_id, name="Bea", instructions="One.", documents=[Document("CV", "cv", "Led.")])
    return agents.update_agent(user_id, made.agent_id, name="Bea", instructions="Two.")


async def do(page: Page, state: str, handler: str, **arguments: Any) -> None:
    await page.send(f"{ROOT}{state}.{handler}", arguments)


async def test_versions_show_what_changed_and_are_brought_back(ann: Browser, agent: AgentProfile) -> None:
    async with ann.page(f"/agents/{agent.agent_id}") as page:
        await page.until(lambda: page.var(AGENT, "is_loaded"))
        assert [row["number"] for row in page.var(VERSIONS, "rows")] == [2, 1]
        assert page.var(AGENT, "documents") == [{"name": "CV", "kind": "cv", "text": "Led."}]
        assert page.var(AGENT, "voice")["is_built_in"] is True
        await do(page, VERSIONS, "show_changes", number=2)
        await page.until(lambda: page.var(VERSIONS, "open_number") == 2)
        (change,) = page.var(VERSIONS, "changes")
        assert [(line["kind"], line["text"]) for line in change["lines"]] == [("removed", "One."), ("added", "Two.")]
        for nonsense in ("2", None, True, 99, -1, 2**40, [2]):
            await do(page, VERSIONS, "show_changes", number=nonsense)
            await do(page, AGENT, "restore", number=nonsense)
        await do(page, AGENT, "restore", number=1)
        await page.until(lambda: page.var(AGENT, "instructions") == "One.")
        await page.until(lambda: [row["number"] for row in page.var(VERSIONS, "rows")] == [3, 2, 1])


async def test_a_refused_form_keeps_what_was_typed_and_nothing_is_saved(ann: Browser, agent: AgentProfile) -> None:
    typed = {"name": "Bea", "instructions": "x" * 10_000, "knowledge": json.dumps([{"name": "Job", "text": "y"}])}
    async with ann.page(f"/agents/{agent.agent_id}") as page:
        await page.until(lambda: page.var(AGENT, "is_loaded"))
        await do(page, AGENT, "save", form=typed)
        await page.until(lambda: page.var(AGENT, "error"))
        assert page.var(AGENT, "error").startswith("Say what “Job” is")
        await do(page, AGENT, "save", form={"name": "Bea", "instructions": "x" * 10_000})
        await page.until(lambda: "at most 8,000 characters; this has 10,000" in page.var(AGENT, "error"))
        assert page.var(AGENT, "instructions") == "x" * 10_000
        assert [row["number"] for row in page.var(VERSIONS, "rows")] == [2, 1]


async def test_the_list_is_searched_and_archived_agents_have_a_list_of_their_own(
    ann: Browser, agent: AgentProfile
) -> None:
    def names(page: Page) -> list[str]:
        return [row["name"] for row in page.var(LIST, "rows")]

    async with ann.page("/agents") as page:
        await page.until(lambda: page.var(LIST, "is_loaded"))
        assert names(page) == ["Bea"]
        for words, found in (("TWO bea", ["Bea"]), ("nothing", []), ("", ["Bea"])):
            await do(page, LIST, "search_for", text=words)
            await page.until(lambda found=found: names(page) == found)
        await do(page, LIST, "show_archive", is_archive=True)
        await page.until(lambda: page.var(LIST, "is_archive"))
        await page.until(lambda: names(page) == [])
    async with ann.page(f"/agents/{agent.agent_id}") as page:
        await page.until(lambda: page.var(AGENT, "is_loaded"))
        await do(page, AGENT, "archive", is_archived=True)
        await page.until(lambda: page.var(AGENT, "is_archived"))
    async with ann.page("/agents") as page:
        await page.until(lambda: page.var(LIST, "is_loaded"))
        assert names(page) == []
        await do(page, LIST, "show_archive", is_archive=True)
        await page.until(lambda: names(page) == ["Bea"])


async def test_a_template_fills_the_form_and_a_kind_narrows_the_gallery(ann: Browser) -> None:
    async with ann.page("/agents") as page:
        await page.until(lambda: page.var(GALLERY, "cards"))
        assert len(page.var(GALLERY, "cards")) >= 12
        await do(page, GALLERY, "choose_kind", kind="care")
        await page.until(lambda: {card["kind"] for card in page.var(GALLERY, "cards")} == {"care"})
        await do(page, GALLERY, "preview", agent_id="nursing")
        await page.until(lambda: page.var(GALLERY, "is_shown"))
        assert page.var(GALLERY, "shown")["instructions"].startswith("You are the head nurse")
        await do(page, NEW, "open_template", key="nursing")
        await page.until(lambda: page.var(NEW, "is_open"))
        assert page.var(NEW, "name") == "Nursing interviewer"
        assert page.var(NEW, "conduct")["turn_taking"] == "patient"
        assert page.var(NEW, "fitting_rubric") == "nursing"
        await do(page, NEW, "open_template", key="../../etc/passwd")
        await page.until(lambda: page.var(NEW, "name") == "")

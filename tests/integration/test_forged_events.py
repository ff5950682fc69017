"""Whatever anyone sends to any event: it is taken, refused or passed over, and neither a handler nor the tab fails."""

import asyncio
import inspect
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.service import MeetingService
from peak_app.ports.clock import system_clock
from peak_app.state.guard import all_states
from peak_app.state.session import SessionState
from tests.integration.web_stage import Page, WebStage

ANN = "ann@example.org"
PATHS = ("/meetings/{meeting_id}", "/agents/{agent_id}", "/meetings", "/settings", "/progress", "/call/{meeting_id}")
"""A tab for each: events are limited for each tab."""
FIELDS = (
    *("agent", "agent_id", "at", "email", "first", "focus", "id", "instructions", "knowledge", "lead_10", "meeting"),
    *("meeting_id", "name", "question", "reason", "rubric", "second", "stages", "time_zone", "title", "turn_taking"),
)
FORM = {"name": "Ada", "instructions": "Ask.", "turn_taking": "balanced", "stages": "[]"}


def handlers() -> list[tuple[str, tuple[str, ...]]]:
    """Every event of the product with the names of its arguments."""
    from peak_app.peak_app import app  # importing it registers all pages and their states

    assert app
    return [
        (f"{state.get_full_name()}.{name}", tuple(inspect.signature(handler.fn).parameters)[1:])
        for state in all_states()
        if state.__module__.startswith("peak_app.")
        for name, handler in state.event_handlers.items()
        # Reflex's own `setvar` looks for setters, which no state has.
        if handler.state_full_name == state.get_full_name() and name != "setvar"
    ]


def forgeries(meeting_id: UUID, agent_id: UUID) -> list[Any]:
    deep: Any = "x"
    for _ in range(60):
        deep = [deep]
    own = [str(meeting_id), str(agent_id)]
    plain = [None, True, -0.5, 10**30, [], {}, [[]], "\x00", "\ud800", "\u202e😀" * 40, "x" * 200_000, deep]
    whole = [*own, 10**30, {}, deep, "\x00\ud800", "9" * 5_000, "[" * 5_000]
    return [
        *own,
        *plain,
        *(dict.fromkeys(FIELDS, value) for value in whole),
        {**FORM, "stages": '[{"minutes": 1e400, "name": [1]}]'},
        {**FORM, "knowledge": '[{"name": 1}]'},
        {**FORM, "rubric": '{"criteria": [{"levels": 1}]}'},
        {"at": "0001-01-01T00:00+23:59", "title": "One", "agent": str(agent_id)},
        {"at": "9999-12-31T23:59:59", "title": "One", "agent": str(agent_id)},
    ]


async def send_all(page: Page, events: list[tuple[str, tuple[str, ...]]], values: list[Any]) -> None:
    """These events with all forgeries, slower than the limit of events."""
    for name, arguments in events:
        for value in values if arguments else [None]:
            await page.send(name, dict.fromkeys(arguments, value))
            await asyncio.sleep(0.035)


async def until_all_is_done(page: Page) -> None:
    """Events of a tab run one after the other, so an answer to the last one answers all."""
    for _ in range(60):
        await page.send(f"{SessionState.get_full_name()}.show_notice", {"level": "info", "text": "the end"})
        await asyncio.sleep(0.5)
        if any('"the end"' in message for message in page.received):
            return
    raise AssertionError("the tab does not answer any more")


@pytest.mark.parametrize("who", ["someone signed in", "a stranger"])
async def test_no_argument_of_any_event_comes_as_a_surprise(web: WebStage, sessions: TenantSessions, who: str) -> None:
    ann = web.browser()
    ann.sign_in(ANN)
    with sessions.for_email(ANN) as session:
        ann_id = session.exec(select(Account.id)).one()
    agent = AgentService(sessions, system_clock).create_agent(ann_id, name="Ada", instructions="Ask.")
    meeting = MeetingService(sessions, system_clock).create_meeting(ann_id, title="One", agent_id=agent.agent_id)
    browser = ann if who == "someone signed in" else web.browser()
    events, values = handlers(), forgeries(meeting.meeting_id, agent.agent_id)

    async def in_a_tab(part: int) -> None:
        path = PATHS[part].format(meeting_id=meeting.meeting_id, agent_id=agent.agent_id)
        async with browser.page(path) as page:
            await send_all(page, events[part :: len(PATHS)], values)
            await until_all_is_done(page)

    await asyncio.gather(*(in_a_tab(part) for part in range(len(PATHS))))
    assert "handler failed" not in web.log.read_text()


async def test_arguments_that_no_page_sends_are_passed_over(web: WebStage) -> None:
    ann = web.browser()
    ann.sign_in("names@example.org")
    async with ann.page("/settings") as page:
        for name, arguments in handlers():
            if not name.endswith(("session_ended", "revoke_others")):
                await page.send(name, {**dict.fromkeys(arguments, "x"), "made_up": 1})
                await asyncio.sleep(0.035)
        await page.send(next(name for name, arguments in handlers() if arguments), {})
        await until_all_is_done(page)
    assert "handler failed" not in web.log.read_text()

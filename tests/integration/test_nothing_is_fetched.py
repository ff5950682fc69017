"""Whatever address a person gives, in whatever field, path, header or file: we do not ask it."""

import asyncio
import json
import socket
import urllib.request
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlmodel import select
from starlette.routing import Route

from peak_app.api.application import ROUTES
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.portable import to_file
from peak_app.domain.agents.service import AgentService
from peak_app.domain.agents.words import AgentWords
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.scorecards.rubric import RubricChoice
from peak_app.ports.clock import system_clock
from tests.integration.test_forged_events import FIELDS, handlers, until_all_is_done
from tests.integration.web_stage import Browser, WebStage

ANN = "ann@example.org"
LEAVING = ("account_state.revoke", "departure_state.delete", "/auth/sign-out", "/auth/confirm", "/auth/code")
"""With these the person would be signed out, and nothing of theirs would be asked any more."""
FORM_FIELDS = ("email", "next", "token", "code", "link", "url", "redirect", "callback", "picture", "webhook", "feed")
HEADERS = ("referer", "x-forwarded-host", "x-original-url", "x-forwarded-proto", "user-agent", "link", "if-none-match")


class Ear:
    """Listens at an address of its own, and knows whether anyone connected to it."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/seen.png"

    def was_asked(self) -> bool:
        try:
            self._listening.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    @property
    def forms(self) -> tuple[str, ...]:
        """The address as people may write it, where an address is looked for and where it is not."""
        place = self.url.partition("//")[2]
        return (
            self.url,
            f"//{place}",
            f"![me]({self.url})",
            f"<img src='{self.url}'>",
            f"x@{place}",
            f"@import '{self.url}'",
        )


@pytest.fixture
def ear() -> Iterator[Ear]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield Ear(listening)


@pytest.fixture
def ann(web: WebStage) -> Browser:
    browser = web.browser()
    browser.sign_in(ANN)
    return browser


def user_id_of(sessions: TenantSessions) -> UUID:
    with sessions.for_email(ANN) as session:
        return session.exec(select(Account.id)).one()


def test_the_ear_hears_whoever_asks(ear: Ear) -> None:
    assert not ear.was_asked()
    with pytest.raises(OSError, match="timed out"):
        urllib.request.urlopen(ear.url, timeout=0.2)
    assert ear.was_asked()


async def test_no_event_makes_us_ask_an_address(web: WebStage, ann: Browser, ear: Ear) -> None:
    events = [each for each in handlers() if not any(name in each[0] for name in LEAVING)]
    values = [*ear.forms[:3], *(dict.fromkeys(FIELDS, form) for form in ear.forms[:3])]

    async def in_a_tab(part: int) -> None:
        async with ann.page(f"/meetings?q={ear.url}&next={ear.url}") as page:
            for name, arguments in events[part::4]:
                for value in values if arguments else []:
                    await page.send(name, dict.fromkeys(arguments, value))
                    await asyncio.sleep(0.035)
            await until_all_is_done(page)

    await asyncio.gather(*(in_a_tab(part) for part in range(4)))
    assert not ear.was_asked()
    assert "handler failed" not in web.log.read_text()


def test_no_request_makes_us_ask_an_address(ann: Browser, ear: Ear) -> None:
    """In paths, queries, headers, forms and JSON."""
    place = ear.url.partition("//")[2]
    headers = dict.fromkeys(HEADERS, ear.url) | {"x-forwarded-host": place, "x-forwarded-for": place.partition(":")[0]}
    asked = 0
    for route in (route for route in ROUTES if isinstance(route, Route) and route.path not in LEAVING):
        path = route.path
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", ear.url.replace("/", "%2F")).replace(f"{{{name}:path}}", place)
        query = dict.fromkeys((*FIELDS, *FORM_FIELDS, "name", "at_ms", "state", "iss"), ear.url)
        for method in sorted(route.methods or {"GET"}):
            for body in ({}, {"data": dict.fromkeys(FORM_FIELDS, ear.url)}, {"json": dict.fromkeys(FIELDS, ear.url)}):
                answer = ann.http.request(method, path, params=query, headers=headers, **body)
                assert answer.status_code < 500 or answer.status_code == 503
                assert not ear.was_asked(), f"{method} {route.path}"
                asked += 1
    assert asked > 100


def test_an_agent_that_is_full_of_addresses_is_kept_shown_and_exported_without_asking_one(
    ann: Browser, sessions: TenantSessions, ear: Ear
) -> None:
    words = AgentWords(
        "Ada",
        " ".join(ear.forms),
        "",
        Conduct(greeting=ear.url),
        RubricChoice(),
        (Document(ear.url, "cv", "\n".join(ear.forms)),),
    )
    sent = {"content": to_file(words), "headers": {"content-type": "application/octet-stream"}}
    brought = ann.http.post("/api/agents/import", **sent)
    assert brought.status_code == 201, brought.text
    agent_id, user_id = UUID(brought.json()["agent_id"]), user_id_of(sessions)
    kept = AgentService(sessions, system_clock).get_words(user_id, agent_id)
    assert (kept.conduct.greeting, kept.documents[0].name) == (ear.url, ear.url)
    meeting = MeetingService(sessions, system_clock).create_meeting(
        user_id, title=f"![me]({ear.url})", agent_id=agent_id, focus=ear.forms[3]
    )
    assert json.loads(ann.http.get(f"/api/agents/{agent_id}/export").content)["instructions"] == words.instructions
    for name in ("pdf", "markdown", "json"):
        assert ann.http.get(f"/api/meetings/{meeting.meeting_id}/export/{name}").status_code in (200, 409)
    assert ann.http.post("/api/account/archive").status_code == 200
    read = ann.http.post("/api/knowledge?name=cv.md", **{**sent, "content": "\n".join(ear.forms).encode()})
    assert (read.status_code, ear.url in read.json()["text"]) == (200, True)
    assert not ear.was_asked()

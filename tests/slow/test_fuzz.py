"""Random requests to every route and random events to every state, by a stranger and by two people at once.

`FUZZ_SECONDS` (600) says for how long, `FUZZ_SEED` repeats a run: each of the three has a generator of its own. Nothing
may fail, and nothing planted with one person may ever be told to another.
"""

import asyncio
import os
import random
import secrets
import string
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import select
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed

from peak_app.api.application import ROUTES
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.turns import Turn
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.integration.test_forged_events import FIELDS, handlers
from tests.integration.web_stage import Browser, Page, WebStage, running_web

SECONDS = float(os.environ.get("FUZZ_SECONDS", "600"))
SEED = int(os.environ.get("FUZZ_SEED") or secrets.randbits(32))
LONG_BODY = 60_000
"""Bytes."""
EVENT_PAUSE_S = 0.035
"""A tab may send some thirty events a second."""
LEAVING = ("/auth/sign-out", "account_state.revoke", "departure_state.delete")
"""With these someone would end their own session, and be a stranger from then on."""
INNER = ("setvar", "_fetch", "__init__", "reset", "get_state", "hydrate")
TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "x")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
PLACES = (
    "/dashboard",
    "/agents",
    "/meetings",
    "/progress",
    "/progress/compare",
    "/settings",
    "/billing",
    "/ask",
    "/operations",
)

pytestmark = pytest.mark.timeout(SECONDS + 300)


@dataclass
class Someone:
    """`marker` stands in everything this person has; nobody else may ever read it."""

    name: str
    browser: Browser
    dice: random.Random
    marker: str = ""
    ids: list[str] = field(default_factory=list)
    secrets_of_others: list[str] = field(default_factory=list)
    requests: Counter[int] = field(default_factory=Counter)
    events: int = 0
    has_seen_own: bool = False

    def read(self, text: str, what: str) -> None:
        leaked = [secret for secret in self.secrets_of_others if secret in text]
        assert not leaked, f"seed {SEED}: {self.name} was told of someone else by {what}"
        self.has_seen_own = self.has_seen_own or (bool(self.marker) and self.marker in text)


@pytest.fixture
def web(database: ScratchDatabase, tmp_path) -> Iterator[WebStage]:
    told = {
        "PEAK_BRIDGE_URL": "http://127.0.0.1:9",
        "PEAK_OPS_URL": "http://127.0.0.1:9",
        "PEAK_AI_URL": "http://127.0.0.1:9",
    }
    with running_web(database.settings, database.web_url, tmp_path, told) as running:
        yield running


def settle(name: str, web: WebStage, sessions: TenantSessions, worker_sessions: TenantSessions, seed: int) -> Someone:
    """A person with an agent and a call that was held, all of it marked."""
    browser, marker = web.browser(), f"planted{secrets.token_hex(6)}"
    email = f"{name}.{marker}@example.org"
    browser.sign_in(email)
    with sessions.for_email(email) as session:
        user_id = session.exec(select(Account.id)).one()
    words = f"Ask about {marker}."
    agent_id = AgentService(sessions, system_clock).create_agent(user_id, name=marker, instructions=words).agent_id
    meetings, calls = MeetingService(sessions, system_clock), CallService(worker_sessions, system_clock)
    planned = meetings.create_meeting(user_id, title=f"Planned {marker}", agent_id=agent_id).meeting_id
    held = meetings.create_meeting(user_id, title=f"Held {marker}", agent_id=agent_id).meeting_id
    calls.open_call(user_id, held, "bridge-1")
    calls.mark_connected(user_id, held, "bridge-1")
    calls.save_turn(user_id, held, Turn("item-1", "candidate", f"I said {marker}.", 0, 8_000))
    calls.end_call(user_id, held, "ended_by_person")
    ids = [str(each) for each in (user_id, agent_id, planned, held)]
    return Someone(name, browser, random.Random(seed), marker, ids)


def value(dice: random.Random, ids: list[str], depth: int = 0) -> Any:
    """Anything JSON can say, and a little it can't be meant to."""
    kinds: list[Callable[[], Any]] = [
        lambda: dice.choice(ids),
        lambda: str(UUID(int=dice.getrandbits(128))),
        lambda: dice.choice([None, True, False, 0, -1, 10**30, -0.5, 1e308, "", "\x00", "\ud800", "\u202e", "null"]),
        lambda: "".join(dice.choices(string.printable + "äß🙂\u2028'\"\\<>{}$%", k=dice.randrange(40))),
        lambda: dice.choice("x<é") * dice.choice([300, 5_000, 120_000]),
        lambda: dice.choice(
            ["'; drop table meeting; --", "{{7*7}}", "<script>", "../../etc/passwd", "%00", "[" * 3_000]
        ),
    ]
    if depth < 4:
        kinds += [
            lambda: [value(dice, ids, depth + 1) for _ in range(dice.randrange(5))],
            lambda: {dice.choice(FIELDS): value(dice, ids, depth + 1) for _ in range(dice.randrange(8))},
            lambda: {str(value(dice, ids, 4))[:50]: value(dice, ids, depth + 1)},
        ]
    return dice.choice(kinds)()


def path_of(route: Route, dice: random.Random, ids: list[str]) -> str:
    path = route.path
    for name in route.param_convertors:
        filled = dice.choice([*ids, str(uuid4()), "0", "-1", "%2e%2e", "a" * 300, "ics", "oidc", "%00", "\u00e9"])
        path = path.replace(f"{{{name}}}", filled).replace(f"{{{name}:path}}", filled)
    return path


async def ask(someone: Someone, ids: list[str], http: httpx.AsyncClient) -> None:
    dice = someone.dice
    routes = [route for route in ROUTES if isinstance(route, Route) and route.path not in LEAVING]
    path = dice.choice(PLACES) if dice.random() < 0.1 else path_of(dice.choice(routes), dice, ids)
    headers = {
        "origin": dice.choice([someone.browser.stage.origin] * 4 + ["http://evil.example", "null"]),
        "range": dice.choice(["bytes=0-1", "bytes=-5", "bytes=9-1", "x", "bytes=" + "0-1," * 500]),
        "content-type": dice.choice(TYPES),
        # As through a proxy: what this very machine alone may see, such as the local inbox, is closed then.
        "x-forwarded-for": f"203.0.113.{dice.randrange(256)}",
    }
    body = value(dice, ids)
    sent: dict[str, Any] = dice.choice([{}, {"json": body}, {"content": str(body).encode("utf-8", "replace")}])
    if "json" in sent:
        sent = {"content": httpx.Request("POST", "http://x", json=without_surrogates(body)).content}
    query = {dice.choice(FIELDS): str(value(dice, ids, 4))[:2_000].encode("utf-8", "replace").decode()}
    with suppress(httpx.InvalidURL):
        method = dice.choice(METHODS)
        what = f"{method} {path[:120]}"
        try:
            answer = await http.request(method, path, params=query, headers=headers, **sent)
        except httpx.TransportError as error:
            # Who sends far too much is told so, or hung up on while still sending.
            if len(sent.get("content", b"")) <= LONG_BODY:
                raise AssertionError(f"seed {SEED}: {what} ended in {error!r}") from error
            return
        someone.requests[answer.status_code] += 1
        assert answer.status_code < 500 or answer.status_code == 503, f"seed {SEED}: {what} gave {answer.status_code}"
        if len(answer.content) < 2_000_000:
            someone.read(answer.text, what)


def without_surrogates(body: Any) -> Any:
    """What UTF-8 has no bytes for goes as a question mark: `httpx` would refuse to send it."""
    match body:
        case str():
            return body.encode("utf-8", "replace").decode()
        case list():
            return [without_surrogates(each) for each in body]
        case dict():
            return {without_surrogates(name): without_surrogates(each) for name, each in body.items()}
    return None if body in (float("inf"), 1e400) else body


async def act(someone: Someone, ids: list[str], page: Page, known: list[tuple[str, tuple[str, ...]]]) -> None:
    dice = someone.dice
    name, arguments = dice.choice(known)
    payload = {argument: value(dice, ids) for argument in arguments}
    if dice.random() < 0.1:
        payload[str(value(dice, ids, 4))[:30]] = value(dice, ids)
    if dice.random() < 0.05:
        name = (
            name.rpartition(".")[0]
            + "."
            + dice.choice(["setvar", "_fetch", "__init__", "reset", "get_state", "hydrate"])
        )
    await page.send(name, payload)
    someone.events += 1


async def requests_of(someone: Someone, ids: list[str], until: float) -> None:
    cookies = dict(someone.browser.http.cookies)
    origin = someone.browser.stage.origin
    # Each request with a connection of its own: one that is cut is then this request's fault.
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=origin, trust_env=False, timeout=30, limits=limits) as http:
        while time.monotonic() < until:
            http.cookies = httpx.Cookies(cookies)
            await ask(someone, ids, http)


async def events_of(someone: Someone, ids: list[str], until: float) -> None:
    known = [each for each in handlers() if not any(name in each[0] for name in LEAVING)]
    while time.monotonic() < until:
        places = [*PLACES, *(f"/meetings/{each}" for each in ids), *(f"/agents/{each}" for each in ids)]
        async with someone.browser.page(someone.dice.choice(places)) as page:
            # A tab that sends what no page would is hung up on; the next one goes on.
            with suppress(ConnectionClosed):
                for _ in range(200):
                    if time.monotonic() >= until:
                        break
                    await act(someone, ids, page, known)
                    await asyncio.sleep(EVENT_PAUSE_S)
            await asyncio.sleep(0.5)
            for message in page.received:
                someone.read(message, f"a push to {page.path[:80]}")


async def test_no_request_and_no_event_fails_or_tells_of_someone_else(
    web: WebStage, sessions: TenantSessions, worker_sessions: TenantSessions
) -> None:
    sys.stdout.write(f"FUZZ_SEED={SEED} FUZZ_SECONDS={SECONDS:g}\n")
    people = [settle(name, web, sessions, worker_sessions, SEED + number) for number, name in enumerate(("ann", "bob"))]
    stranger = Someone("a stranger", web.browser(), random.Random(SEED + 2))
    everyone = [*people, stranger]
    for each in everyone:
        each.secrets_of_others = [other.marker for other in people if other is not each]
    ids = [each for person in people for each in person.ids]

    until = time.monotonic() + SECONDS
    async with asyncio.TaskGroup() as tasks:
        for each in everyone:
            tasks.create_task(requests_of(each, ids, until))
            tasks.create_task(events_of(each, ids, until))

    for each in everyone:
        answers = dict(sorted(each.requests.items()))
        sys.stdout.write(f"{each.name}: {sum(answers.values())} requests {answers}, {each.events} events\n")
    # Else nobody could have been told of it.
    assert all(person.has_seen_own for person in people)
    said = web.log.read_text()
    at = min((said.find(words) for words in ("Traceback", "handler failed") if words in said), default=-1)
    assert at < 0, f"seed {SEED}: {said[at : at + 6_000]}"
    assert [person.marker for person in people if person.marker in said] == []
    assert people[0].browser.http.get("/ping").status_code == 200

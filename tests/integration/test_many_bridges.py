"""Several bridge processes and the web process before them: who gets which, and what becomes of calls when one goes."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from sqlmodel import select

from peak_app.config import Settings
from peak_app.db.engine import engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.models import Bridge, WaitingCall
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.emulators.realtime_server import RealtimeServer, realtime_server
from tests.integration.bridge_page import Page
from tests.integration.bridge_stage import BridgeStage
from tests.integration.web_stage import Browser, WebStage, running_web
from tests.ports import free_port

CAPACITY = 2
GREETING = ("Tell me about a conflict.", b"\0\0" * 4800)
REJOINED_WITHIN_S = 15.0


@dataclass
class Caller:
    """A person in their browser, with one meeting."""

    browser: Browser
    owner_id: UUID
    meeting_id: UUID

    async def ask(self, page: Page, seat: str = "seat-1", **more: object) -> httpx.Response:
        """Offer the page's connection through the web process, as a page does."""
        body = {"sdp": await page.offer(), "seat": seat, **more}
        return await asyncio.to_thread(self.browser.http.post, f"/api/calls/{self.meeting_id}/offer", json=body)

    async def join(self, page: Page, seat: str = "seat-1", **more: object) -> None:
        answer = await self.ask(page, seat, **more)
        assert answer.status_code == 200, answer.text
        await page.accept(answer.json()["sdp"])

    async def end(self) -> None:
        answer = await asyncio.to_thread(self.browser.http.post, f"/api/calls/{self.meeting_id}/end")
        assert answer.status_code == 200, answer.text


class Town:
    """Two bridges with two places each, started when a test needs them, and one web process."""

    def __init__(self, settings: Settings, database: ScratchDatabase, web: WebStage, model_url: str) -> None:
        self.web = web
        self.web_sessions = TenantSessions(engine(database.web_url))
        self.worker_sessions = TenantSessions(engine(database.worker_url))
        self.bridges: list[BridgeStage] = []
        for name in ("one", "two"):
            extra = {"PEAK_BRIDGE_CAPACITY": str(CAPACITY), "PEAK_RECONNECT_GRACE_S": "60", "PEAK_BRIDGE_DRAIN_S": "30"}
            bridge = BridgeStage(settings, database.web_url, database.worker_url, model_url, extra=extra)
            bridge.log = settings.home / f"bridge-{name}.log"
            self.bridges.append(bridge)
        self._people = 0

    def start(self) -> None:
        """All that are not running, and wait until they are registered."""
        for bridge in self.bridges:
            if not bridge.is_running:
                bridge.start()
        deadline = time.monotonic() + 10
        while set(self.registered()) != {bridge.url for bridge in self.bridges}:
            assert time.monotonic() < deadline, self.registered()
            time.sleep(0.05)

    def caller(self) -> Caller:
        self._people += 1
        email = f"person{self._people}.{time.monotonic_ns()}@example.org"
        browser = self.web.browser()
        browser.sign_in(email)
        with self.web_sessions.for_email(email) as session:
            owner_id = session.exec(select(Account.id)).one()
        agent = AgentService(self.web_sessions, system_clock).create_agent(owner_id, name="Ada", instructions="Ask.")
        meeting = MeetingService(self.web_sessions, system_clock).create_meeting(
            owner_id, title="Round one", agent_id=agent.agent_id
        )
        return Caller(browser, owner_id, meeting.meeting_id)

    def registered(self) -> dict[str, Bridge]:
        with self.worker_sessions.without_tenant() as session:
            return {row.url: row for row in session.exec(select(Bridge)).all()}

    def line(self) -> set[UUID]:
        with self.worker_sessions.without_tenant() as session:
            return set(session.exec(select(WaitingCall.meeting_id)).all())

    def holder(self, caller: Caller) -> BridgeStage:
        lease = self.bridges[0].lease(caller.owner_id, caller.meeting_id)
        assert lease is not None
        return next(
            bridge for bridge in self.bridges if bridge.process and f"-{bridge.process.pid}-" in lease.bridge_id
        )

    def other(self, bridge: BridgeStage) -> BridgeStage:
        return next(one for one in self.bridges if one is not bridge)

    def status(self, caller: Caller) -> str:
        return self.bridges[0].row(caller.owner_id, caller.meeting_id).status


@pytest.fixture(scope="module")
def model_port() -> int:
    return free_port()


@pytest.fixture
async def model(model_port: int) -> AsyncIterator[RealtimeServer]:
    async with realtime_server(model_port) as server:
        yield server


@pytest.fixture(scope="module")
def built(
    scratch_database: ScratchDatabase,
    settings_for_tests: Callable[..., Settings],
    model_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Town]:
    settings = settings_for_tests(secret_key="test-secret")
    settings.home.mkdir(parents=True, exist_ok=True)
    # Nothing is at the address of the settings: all bridges are known by the registry.
    told = {"PEAK_SECRET_KEY": "test-secret", "PEAK_BRIDGE_URL": f"http://127.0.0.1:{free_port()}"}
    with running_web(settings, scratch_database.web_url, tmp_path_factory.mktemp("web"), told) as web:
        town = Town(settings, scratch_database, web, f"http://127.0.0.1:{model_port}/v1")
        yield town
        for bridge in town.bridges:
            bridge.stop()
            assert "Traceback" not in bridge.log.read_text()
        assert "Traceback" not in web.log.read_text()


@pytest.fixture
def town(built: Town, database: ScratchDatabase) -> Iterator[Town]:
    """Both bridges without calls, over an empty database."""
    for bridge in built.bridges:
        bridge.stop()
    database.empty()
    built.start()
    yield built
    built.web.close_browsers()


@pytest.fixture
async def pages() -> AsyncIterator[Callable[[], Page]]:
    made: list[Page] = []

    def make() -> Page:
        made.append(Page(""))
        return made[-1]

    yield make
    await asyncio.gather(*(page.close() for page in made))


NewPage = Callable[[], Page]


async def test_calls_are_shared_out_and_each_page_comes_back_to_its_own(
    town: Town, model: RealtimeServer, pages: NewPage
) -> None:
    callers = [await asyncio.to_thread(town.caller) for _ in range(4)]
    held = []
    for caller in callers:
        page = pages()
        await caller.join(page)
        await page.message("hello")
        held.append(town.holder(caller))
    assert [held.count(bridge) for bridge in town.bridges] == [2, 2]
    again = pages()
    await callers[1].join(again)
    assert (await again.message("hello"))["is_resumed"] is True
    assert town.holder(callers[1]) is held[1]
    assert len(model.sessions) == 4


async def test_a_call_goes_on_elsewhere_when_its_bridge_is_killed(
    town: Town, model: RealtimeServer, pages: NewPage
) -> None:
    model.greeting = GREETING
    caller = await asyncio.to_thread(town.caller)
    page = pages()
    await caller.join(page)
    session = await model.session(0)
    await page.message("state", value="listening")
    await session.speech_started("item_a")
    await session.speech_stopped("item_a", "It was about money.")
    await page.message("caption", speaker="candidate", is_final=True)
    dead = town.holder(caller)
    await dead.until(lambda: len(dead.turns(caller.owner_id, caller.meeting_id)) >= 2)
    killed_at = time.monotonic()
    await asyncio.to_thread(dead.kill)
    again = pages()
    # The registry still believes in the dead one; nobody answers there, so the next one is asked at once.
    await caller.join(again)
    hello = await again.message("hello")
    assert time.monotonic() - killed_at < REJOINED_WITHIN_S
    assert hello["is_resumed"] is True
    assert town.holder(caller) is town.other(dead)
    restored = await (await model.session(1)).until("conversation.item.create", 2)
    assert [message["item"]["content"][0]["text"] for message in restored][:2] == [
        "Tell me about a conflict.",
        "It was about money.",
    ]
    await caller.end()
    await dead.until(lambda: town.status(caller) == MeetingStatus.PROCESSING)
    assert len(dead.outbox(caller.meeting_id)) == 1
    # Its entry goes when it was not heard of for ten seconds.
    await dead.until(lambda: set(town.registered()) == {town.other(dead).url}, timeout_s=15)


async def test_a_bridge_that_is_told_to_stop_finishes_its_calls_first(
    town: Town, model: RealtimeServer, pages: NewPage
) -> None:
    caller, newcomer = [await asyncio.to_thread(town.caller) for _ in range(2)]
    page = pages()
    await caller.join(page)
    await page.message("hello")
    going = town.holder(caller)
    going.terminate()
    await going.until(lambda: town.registered()[going.url].is_draining)
    # Its own call goes on, and takes its page back.
    again = pages()
    await caller.join(again)
    await again.message("hello")
    assert town.holder(caller) is going
    # New ones go elsewhere.
    elsewhere = pages()
    await newcomer.join(elsewhere)
    assert town.holder(newcomer) is town.other(going)
    answer = await going.post(
        f"/calls/{newcomer.meeting_id}/offer",
        {"ticket": going.ticket(newcomer.owner_id, newcomer.meeting_id), "sdp": await pages().offer()},
    )
    assert answer.status_code == 503
    assert answer.json()["is_elsewhere"] is True
    assert going.is_running
    await caller.end()
    assert going.process is not None
    assert await asyncio.to_thread(going.process.wait, 10) == 0
    assert town.status(caller) == MeetingStatus.PROCESSING
    assert set(town.registered()) == {town.other(going).url}


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_told_twice_it_hands_its_calls_on_at_once(
    town: Town, model: RealtimeServer, pages: NewPage, second: signal.Signals
) -> None:
    model.greeting = GREETING
    caller = await asyncio.to_thread(town.caller)
    page = pages()
    await caller.join(page)
    await page.message("state", value="listening")
    going = town.holder(caller)
    going.terminate()
    await going.until(lambda: town.registered()[going.url].is_draining)
    assert going.process is not None
    told_at = time.monotonic()
    going.process.send_signal(second)
    assert (await page.message("problem"))["code"] == "bridge_restarting"
    again = pages()
    await caller.join(again)
    assert (await again.message("hello"))["is_resumed"] is True
    assert await asyncio.to_thread(going.process.wait, 10) == 0
    assert time.monotonic() - told_at < 6
    assert town.holder(caller) is town.other(going)
    assert town.status(caller) == MeetingStatus.LIVE


async def test_after_the_time_for_draining_calls_are_handed_on(
    town: Town, model: RealtimeServer, pages: NewPage
) -> None:
    caller = await asyncio.to_thread(town.caller)
    short = town.bridges[0]
    await asyncio.to_thread(short.stop)
    short.extra = {**(short.extra or {}), "PEAK_BRIDGE_DRAIN_S": "1"}
    try:
        await asyncio.to_thread(short.start)
        page = pages()
        page._bridge_url = short.url
        await page.join(caller.meeting_id, short.ticket(caller.owner_id, caller.meeting_id))
        await page.message("hello")
        short.terminate()
        assert (await page.message("problem"))["code"] == "bridge_restarting"
        assert short.process is not None
        assert await asyncio.to_thread(short.process.wait, 10) == 0
        assert town.status(caller) == MeetingStatus.LIVE
    finally:
        short.extra["PEAK_BRIDGE_DRAIN_S"] = "30"


async def test_past_capacity_people_wait_in_line_and_nobody_overtakes(
    town: Town, model: RealtimeServer, pages: NewPage
) -> None:
    callers = [await asyncio.to_thread(town.caller) for _ in range(4)]
    for caller in callers:
        await caller.join(pages())
    third, fourth = [await asyncio.to_thread(town.caller) for _ in range(2)]
    for waiting, place in ((third, 1), (fourth, 2), (third, 1)):
        answer = await waiting.ask(pages())
        assert answer.status_code == 503
        assert answer.json() == {
            "error": f"All places for calls are taken. You are number {place} in line.",
            "place": place,
        }
    shown = (await asyncio.to_thread(httpx.get, f"{town.web.origin}/metrics", trust_env=False)).text
    assert "peak_web_waiting_calls 2.0" in shown.splitlines()
    await callers[0].end()
    await town.bridges[0].until(lambda: town.bridges[0].lease(callers[0].owner_id, callers[0].meeting_id) is None)
    assert (await fourth.ask(pages())).json()["place"] == 2
    page = pages()
    await third.join(page)
    await page.message("hello")
    await town.bridges[0].until(lambda: town.line() == {fourth.meeting_id})
    assert (await fourth.ask(pages())).json()["place"] == 1


async def test_a_crowd_that_asks_at_once_gets_exactly_the_places_there_are(
    town: Town, model: RealtimeServer, pages: NewPage
) -> None:
    crowd = [await asyncio.to_thread(town.caller) for _ in range(7)]
    answers = await asyncio.gather(*(caller.ask(pages()) for caller in crowd))
    assert [answer.status_code for answer in answers].count(200) == 2 * CAPACITY
    refused = [answer.json() for answer in answers if answer.status_code != 200]
    assert all(answer.get("place") for answer in refused), refused
    assert [town.holder(caller) for caller, answer in zip(crowd, answers, strict=True) if answer.status_code == 200]
    assert {row.calls for row in town.registered().values()} == {CAPACITY}


async def test_a_bridge_that_was_only_asleep_lets_go_of_what_others_took(
    town: Town, model: RealtimeServer, pages: NewPage
) -> None:
    model.greeting = GREETING
    caller = await asyncio.to_thread(town.caller)
    page = pages()
    await caller.join(page)
    await page.message("state", value="listening")
    asleep = town.holder(caller)
    assert asleep.process is not None
    os.kill(asleep.process.pid, signal.SIGSTOP)
    try:
        again = pages()
        # It takes the connection and says nothing, until it counts as dead.
        await asleep.until(lambda: asleep.url not in town.registered(), timeout_s=15)
        await caller.join(again)
        assert (await again.message("hello"))["is_resumed"] is True
    finally:
        os.kill(asleep.process.pid, signal.SIGCONT)
    assert (await page.message("ended", timeout_s=10))["reason"] == "taken_over"
    await asyncio.sleep(1)
    assert town.holder(caller) is town.other(asleep)
    assert town.status(caller) == MeetingStatus.LIVE
    await asleep.until(lambda: asleep.url in town.registered())


async def test_without_any_bridge_a_person_gets_a_sentence(town: Town, model: RealtimeServer, pages: NewPage) -> None:
    caller = await asyncio.to_thread(town.caller)
    for bridge in town.bridges:
        await asyncio.to_thread(bridge.stop)
    assert town.registered() == {}
    answer = await caller.ask(pages())
    assert answer.status_code == 503
    assert answer.json() == {"error": "The call service doesn't answer right now. Please try again in a minute."}


async def test_the_last_choice_before_anyone_is_connected_decides_about_recording(
    town: Town, model: RealtimeServer, pages: NewPage
) -> None:
    caller = await asyncio.to_thread(town.caller)
    stage = town.bridges[0]
    # The first page never connects; the person unticks the box and tries again.
    assert (await caller.ask(pages(), record=True)).status_code == 200
    assert stage.row(caller.owner_id, caller.meeting_id).consented_at is not None
    page = pages()
    await caller.join(page, record=False)
    await page.message("hello")
    row = stage.row(caller.owner_id, caller.meeting_id)
    assert (row.is_recorded, row.consented_at) == (False, None)
    await stage.until(lambda: town.status(caller) == MeetingStatus.LIVE)
    # Begun is begun: a later wish changes nothing.
    again = pages()
    await caller.join(again, record=True)
    assert stage.row(caller.owner_id, caller.meeting_id).is_recorded is False
    assert len(model.sessions) == 2


async def test_each_bridge_shows_its_metrics_to_this_machine(town: Town, model: RealtimeServer, pages: NewPage) -> None:
    caller = await asyncio.to_thread(town.caller)
    await caller.join(pages())
    bridge = town.holder(caller)
    lines = (await asyncio.to_thread(httpx.get, f"{bridge.url}/metrics", trust_env=False)).text.splitlines()
    assert "peak_bridge_calls 1.0" in lines
    assert "peak_bridge_capacity 2.0" in lines
    assert any(line.startswith("peak_bridge_loop_lag_p99_seconds ") for line in lines)
    assert not any(str(caller.meeting_id) in line or str(caller.owner_id) in line for line in lines)
    answer = await asyncio.to_thread(
        httpx.get, f"{bridge.url}/metrics", trust_env=False, headers={"x-forwarded-for": "203.0.113.9"}
    )
    assert answer.status_code == 401

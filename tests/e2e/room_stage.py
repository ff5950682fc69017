"""The web process and its built page between a browser and a scripted bridge: all of the room, nothing behind it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from playwright.sync_api import Browser, Page
from sqlmodel import select

from peak_app.db.engine import engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.service import MeetingService
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.e2e.visitor import Visitor
from tests.emulators.language_server import LanguageServer, Reply, language_server
from tests.emulators.scripted_bridge import ScriptedBridge, scripted_bridge
from tests.emulators.wav_files import RATE_HZ, wav
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 240
"""Long, because it builds the page when its sources changed."""
EMAIL, AGENT, TITLE = "ann@example.org", "Morgan", "System design rehearsal"


@dataclass
class RoomStage:
    """One person, an agent, and a new meeting for every visit."""

    origin: str
    bridge: ScriptedBridge
    speech: LanguageServer
    sessions: TenantSessions
    cookies: Any = None
    visitors: list[Visitor] = field(default_factory=list)

    def sign_in(self, browser: Browser) -> None:
        """Once for all visits: each takes the cookies along."""
        visitor = Visitor(browser, self.origin, EMAIL)
        visitor.sign_in()
        self.cookies = visitor.context.storage_state()
        visitor.close()

    def open_lobby(self, browser: Browser, script: str = "", **options: object) -> Page:
        """The lobby of a new meeting; `script` runs before the page's own."""
        return self.open_call(browser, self.new_meeting(), script, **options)

    def open_call(self, browser: Browser, meeting_id: UUID, script: str = "", **options: object) -> Page:
        options = {"storage_state": self.cookies, "permissions": ["microphone", "camera"], **options}
        self.visitors.append(Visitor(browser, self.origin, EMAIL, options))
        page = self.visitors[-1].page
        if script:
            page.add_init_script(script)
        page.goto(f"/call/{meeting_id}")
        return page

    def new_meeting(self, **fields: object) -> UUID:
        owner_id = self.owner_id
        agent = AgentService(self.sessions, system_clock).create_agent(owner_id, name=AGENT, instructions="Ask.")
        meetings = MeetingService(self.sessions, system_clock)
        meeting_id = meetings.create_meeting(owner_id, title=TITLE, agent_id=agent.agent_id).meeting_id
        with self.sessions.for_user(owner_id) as session:
            row = session.get_one(Meeting, meeting_id)
            for name, value in fields.items():
                setattr(row, name, value)
            session.add(row)
        return meeting_id

    @property
    def owner_id(self) -> UUID:
        with self.sessions.for_email(EMAIL) as session:
            return session.exec(select(Account.id)).one()

    def close_visits(self) -> list[str]:
        """Let everyone go; gives what their pages threw."""
        failures = [failure for visitor in self.visitors for failure in visitor.failures]
        for visitor in self.visitors:
            visitor.close()
        self.visitors.clear()
        return failures


@contextmanager
def room_stage(database: ScratchDatabase, folder: Path, told: dict[str, str] | None = None) -> Iterator[RoomStage]:
    """`told` are settings of the web process besides those it needs."""
    database.empty()
    spoken = wav(bytes(RATE_HZ * 2))
    with scripted_bridge() as (bridge, bridge_url), language_server(Reply(body=spoken)) as speech:
        needed = {
            "PEAK_HOME": str(database.settings.home),
            "PEAK_DATABASE_WEB_URL": database.web_url,
            "PEAK_BRIDGE_URL": bridge_url,
            "PEAK_OPENAI_BASE_URL": speech.url,
            "PEAK_OPENAI_API_KEY": "sk-test",
        }
        with _running_web(needed | (told or {}), folder) as origin:
            yield RoomStage(origin, bridge, speech, TenantSessions(engine(database.web_url)))


@contextmanager
def _running_web(told: dict[str, str], folder: Path) -> Iterator[str]:
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_"))}
    log = folder / "web.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "peak_app.cli.main", "web"],
            cwd=ROOT,
            env={**inherited, **told, "PEAK_PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ping", timeout=1, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(f"the web process did not start:\n{log.read_text(errors='replace')[-4000:]}")

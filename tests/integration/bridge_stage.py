"""A bridge process on a scratch database, and meetings to hold on it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlmodel import col, select

from peak_app.config import Settings
from peak_app.db.engine import engine
from peak_app.db.models import OutboxEvent
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.models import Agent
from peak_app.domain.agents.repository import add_version
from peak_app.domain.agents.words import AgentWords
from peak_app.domain.meetings.models import CallLease, Meeting, Utterance
from peak_app.domain.meetings.ticket import TICKET_LIFE, TICKET_PURPOSE, Ticket, sign_ticket
from peak_app.domain.model_usage.models import ModelUsage
from peak_app.ports.clock import system_clock
from tests.people import register
from tests.ports import free_port

ROOT = Path(__file__).parents[2]


@dataclass(eq=False)
class BridgeStage:
    """`settings` are the test's own; the process gets the same through its environment."""

    settings: Settings
    web_url: str
    worker_url: str
    ai_url: str
    """With /v1 for a foreign service; without for the embedded server."""
    is_embedded: bool = False
    extra: dict[str, str] | None = None

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.settings.home / "bridge-test.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._made: list[tuple[UUID, UUID]] = []
        self._web = TenantSessions(engine(self.web_url))
        self._worker = TenantSessions(engine(self.worker_url))

    # the process

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_"))}
        environment |= {
            "PEAK_HOME": str(self.settings.home),
            "PEAK_SECRET_KEY": self.settings.secret().decode(),
            "PEAK_DATABASE_WORKER_URL": self.worker_url,
            # A machine that runs tests is late often; what follows from that has tests of its own.
            "PEAK_BRIDGE_LOOP_LAG_MS": "1000",
            **({"PEAK_AI_URL": self.ai_url} if self.is_embedded else {"PEAK_OPENAI_BASE_URL": self.ai_url}),
            **(self.extra or {}),
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bridge", "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/healthz", timeout=1, trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """As the machine would: no goodbye."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(5)

    def stop(self) -> float:
        """As the launcher would. Gives seconds until it was gone."""
        if self.process is None or not self.is_running:
            return 0.0
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)
        return time.monotonic() - started

    def terminate(self) -> None:
        """As who replaces a bridge by another: it may finish its calls first."""
        assert self.process is not None
        self.process.terminate()

    def end_all_calls(self) -> None:
        """No room of one test may speak to the model of the next."""
        if self.is_running:
            for owner_id, meeting_id in self._made:
                body = {"ticket": self.ticket(owner_id, meeting_id)}
                httpx.post(f"{self.url}/calls/{meeting_id}/end", json=body, timeout=20, trust_env=False)
            deadline = time.monotonic() + 20
            while httpx.get(f"{self.url}/healthz", timeout=20, trust_env=False).json()["calls"]:
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)
        self._made.clear()

    # meetings

    def meeting(
        self,
        *,
        name: str = "Mira Okafor",
        instructions: str = "Behavioural interview.",
        conduct: Conduct | None = None,
        documents: Sequence[Document] = (),
        is_recorded: bool = True,
        focus: str = "",
    ) -> tuple[UUID, UUID]:
        """A scheduled meeting: owner and meeting."""
        person = register(self._web, f"{time.monotonic_ns()}@example.org")
        with self._web.for_user(person.user_id) as session:
            agent = Agent(owner_id=person.user_id, workspace_id=person.workspace_id, name=name)
            session.add(agent)
            session.flush()
            words = AgentWords.of(
                name=name,
                instructions=instructions,
                practice_bank="behavioural",
                conduct=conduct,
                documents=documents,
            )
            version = add_version(session, agent, 1, words)
            meeting = Meeting(
                owner_id=person.user_id,
                workspace_id=person.workspace_id,
                title="Practice",
                agent_id=agent.id,
                agent_version_id=version.id,
                is_recorded=is_recorded,
                focus=focus,
            )
            session.add(meeting)
            session.flush()
            self._made.append((person.user_id, meeting.id))
            return person.user_id, meeting.id

    def ticket(
        self,
        owner_id: UUID,
        meeting_id: UUID,
        *,
        seat: str = "seat-1",
        remaining_seconds: int = 3600,
        lifetime: timedelta = TICKET_LIFE,
    ) -> str:
        ticket = Ticket(meeting_id, owner_id, seat, system_clock() + lifetime, remaining_seconds)
        return sign_ticket(ticket, self.settings.derive(TICKET_PURPOSE))

    def row(self, owner_id: UUID, meeting_id: UUID) -> Meeting:
        with self._worker.for_user(owner_id) as session:
            return session.exec(select(Meeting).where(Meeting.id == meeting_id)).one()

    def lease(self, owner_id: UUID, meeting_id: UUID) -> CallLease | None:
        with self._worker.for_user(owner_id) as session:
            return session.exec(select(CallLease).where(CallLease.meeting_id == meeting_id)).first()

    def turns(self, owner_id: UUID, meeting_id: UUID, *, is_final: bool = True) -> list[Utterance]:
        with self._worker.for_user(owner_id) as session:
            query = (
                select(Utterance)
                .where(Utterance.meeting_id == meeting_id, Utterance.is_final == is_final)
                .order_by(col(Utterance.start_ms))
            )
            return list(session.exec(query).all())

    def uses(self, owner_id: UUID, meeting_id: UUID) -> list[ModelUsage]:
        with self._worker.for_user(owner_id) as session:
            query = select(ModelUsage).where(ModelUsage.meeting_id == meeting_id).order_by(col(ModelUsage.at))
            return list(session.exec(query).all())

    def outbox(self, meeting_id: UUID) -> list[OutboxEvent]:
        with self._worker.without_tenant() as session:
            return list(session.exec(select(OutboxEvent).where(OutboxEvent.meeting_id == meeting_id)).all())

    async def until(self, condition: Any, timeout_s: float = 10.0) -> None:
        """Wait until a condition over the database holds."""
        deadline = time.monotonic() + timeout_s
        while not await asyncio.to_thread(condition):
            assert time.monotonic() < deadline, f"not in time\n{self.log.read_text()}"
            await asyncio.sleep(0.05)

    async def post(self, path: str, body: object, headers: dict[str, str] | None = None) -> httpx.Response:
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            return await client.post(f"{self.url}{path}", json=body, headers=headers)


@contextlib.contextmanager
def running(stage: BridgeStage) -> Iterator[BridgeStage]:
    stage.start()
    try:
        yield stage
    finally:
        stage.stop()

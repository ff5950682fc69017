"""A scratch installation: a real PostgreSQL of its own, meetings to hold, and the bridge as the launcher starts it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args
from uuid import UUID

from sqlmodel import select

from bench.product import free_port
from bridge.recording import TrackName
from peak_app.cli.component import Component
from peak_app.cli.product import PORT_NAMES, Product
from peak_app.config import Settings
from peak_app.db.engine import database_url, engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.repository import list_utterances
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.ticket import TICKET_LIFE, TICKET_PURPOSE, Ticket, sign_ticket
from peak_app.domain.recordings.folders import live_folder
from peak_app.embedded.postgres import PostgresServer
from peak_app.migrations.migrate import migrate
from peak_app.ports.clock import system_clock
from peak_app.ports.voice import VOICE_RATE_HZ
from tests.people import register

_ALLOWANCE_S = 3600
_RECORDED_BYTES_PER_S = VOICE_RATE_HZ * 2


@dataclass(frozen=True, slots=True)
class PlannedMeeting:
    owner_id: UUID
    meeting_id: UUID


@dataclass(frozen=True, slots=True)
class Kept:
    """What a call left: turns in the journal, and seconds recorded of the side of which there is less."""

    turns: int
    recorded_s: float


class Installation:
    """Made by `installed`."""

    def __init__(self, settings: Settings, server: PostgresServer) -> None:
        self._settings = settings
        self._server = server
        self._sessions = TenantSessions(engine(database_url(settings, "web")))
        self._meetings = MeetingService(self._sessions, system_clock)
        self._agents = AgentService(self._sessions, system_clock)

    def bridge(self, model_url: str) -> Component:
        """The launcher's own description of the process, told to use this model. A port is chosen anew each time."""
        product = Product(self._settings, {name: free_port() for name in PORT_NAMES}, self._server)
        part = next(part for part in product.parts() if isinstance(part, Component) and part.name.startswith("bridge"))
        environment = {**part.environment, "PEAK_OPENAI_BASE_URL": model_url}
        return Component(name=part.name, command=part.command, environment=environment, probe=part.probe)

    def plan_meeting(self, *, is_recorded: bool) -> PlannedMeeting:
        """A meeting of someone new with an agent of theirs."""
        owner_id = register(self._sessions, f"caller-{time.monotonic_ns()}@example.org").user_id
        agent = self._agents.create_agent(owner_id, name="Morgan", instructions="Interview me about backend systems.")
        meeting = self._meetings.create_meeting(owner_id, title="Benchmark", agent_id=agent.agent_id)
        with self._sessions.for_user(owner_id) as session:
            row = session.exec(select(Meeting).where(Meeting.id == meeting.meeting_id)).one()
            row.is_recorded = is_recorded
        return PlannedMeeting(owner_id, meeting.meeting_id)

    def kept(self, meeting: PlannedMeeting) -> Kept:
        with self._sessions.for_user(meeting.owner_id) as session:
            turns = len(list_utterances(session, meeting.meeting_id))
        folder = live_folder(self._settings.media_home, meeting.owner_id, meeting.meeting_id)
        sides = [sum(track.stat().st_size for track in folder.glob(f"{side}.*.pcm")) for side in get_args(TrackName)]
        return Kept(turns, min(sides) / _RECORDED_BYTES_PER_S)

    def ticket(self, meeting: PlannedMeeting) -> str:
        until = system_clock() + TICKET_LIFE
        ticket = Ticket(meeting.meeting_id, meeting.owner_id, "bench", until, _ALLOWANCE_S)
        return sign_ticket(ticket, self._settings.derive(TICKET_PURPOSE))


@contextmanager
def installed(home: Path) -> Iterator[Installation]:
    """Until the end of the `with`. What the developer has set for their own instance does not reach it."""
    for name in [name for name in os.environ if name.startswith(("PEAK_", "OPENAI_")) and name != "PEAK_CHROMIUM"]:
        del os.environ[name]
    plain = Settings(_env_file=None, home=home)  # pyright: ignore[reportCallIssue]
    server = PostgresServer.of(plain)
    with server.running(plain) as settings:
        migrate(settings)
        try:
            yield Installation(settings, server)
        finally:
            for role in ("owner", "web"):
                engine(database_url(settings, role)).dispose()

"""Meetings held by a small WebRTC client instead of a browser: it listens to the agent, answers, and hangs up."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import numpy as np
from sqlmodel import col, select

from bench.product import Product
from peak_app.config import Settings
from peak_app.db.engine import engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.models import Utterance
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.meetings.ticket import TICKET_PURPOSE, Ticket, sign_ticket
from peak_app.ports.clock import system_clock
from tests.integration.bridge_page import SOUND, Page, peak
from tests.people import register

QUIET_S = 1.2
"""Silence of the agent after which the candidate answers."""
RESULTS_WITHIN_S = 120

ANSWERS = (
    "At my last company I owned the order pipeline. I moved it to a queue, and the delay went down to half a second.",
    "I measured it with a trace on every step. The queue was ninety percent of the waiting time.",
    "I would start with the reads, because most of the traffic only looks things up. Then I would add a cache.",
    "We had a conflict about the deadline. I wrote down both plans, and we chose the smaller one together.",
    "The hardest part was the migration. I ran both systems for two weeks and compared every result.",
)


@dataclass(frozen=True, slots=True)
class Held:
    """What one meeting showed. `completed_s`: from hang-up to the state completed."""

    duration_s: float
    reply_delays_ms: tuple[int, ...]
    completed_s: float
    answers: int


def speak(text: str) -> bytes:
    """s16le at 24 kHz, by the bundled voice."""
    from hibari import Hibari  # noqa: PLC0415  loads a model

    pieces = [np.asarray(piece, np.float32) for piece in Hibari(threads=1).stream(text)]
    return (np.clip(np.concatenate(pieces), -1, 1) * 32767).astype("<i2").tobytes()


class Interviewee:
    """One registered person with an agent, on one product."""

    def __init__(self, product: Product, bridge_url: str) -> None:
        self._settings = Settings(_env_file=None, home=product.home, port=product.port)  # pyright: ignore[reportCallIssue]
        self._bridge_url = bridge_url
        self._sessions = TenantSessions(engine(product.ask("db", "url", "--role", "web")))
        self._meetings = MeetingService(self._sessions, system_clock)
        self._user_id = register(self._sessions, "bench@example.org").user_id
        self._agent_id = (
            AgentService(self._sessions, system_clock)
            .create_agent(
                self._user_id, name="Morgan", instructions="Interview me about backend systems, queues and databases."
            )
            .agent_id
        )

    async def hold(self, answers: list[bytes]) -> Held:
        """One meeting with these answers, each after the agent has finished speaking."""
        meeting_id = self._meetings.create_meeting(self._user_id, title="Benchmark", agent_id=self._agent_id).meeting_id
        page = Page(self._bridge_url)
        began = time.monotonic()
        await page.join(meeting_id, self._ticket(meeting_id))
        try:
            for answer in answers:
                await self._agent_finished(page)
                page.mouth.say(answer)
                while page.mouth.is_speaking:
                    await asyncio.sleep(0.05)
            await self._agent_finished(page)
            page.tell(type="end")
            hung_up = time.monotonic()
            await page.message("ended")
        finally:
            await page.close()
        completed_s = await self._completed(meeting_id, hung_up)
        return Held(hung_up - began, self._delays(meeting_id), completed_s, len(answers))

    def _ticket(self, meeting_id: UUID) -> str:
        ticket = Ticket(meeting_id, self._user_id, "bench", system_clock() + timedelta(seconds=30), 3600)
        return sign_ticket(ticket, self._settings.derive(TICKET_PURPOSE))

    async def _agent_finished(self, page: Page) -> None:
        """Wait until the agent has said something new and then been quiet."""
        heard_before = len(page.heard)
        async with asyncio.timeout(60):
            while True:
                await asyncio.sleep(0.05)
                loud = [at for at, pcm in page.heard[heard_before:] if peak(pcm) > SOUND]
                if loud and time.monotonic() - loud[-1] > QUIET_S:
                    return

    async def _completed(self, meeting_id: UUID, since: float) -> float:
        async with asyncio.timeout(RESULTS_WITHIN_S):
            while True:
                status = self._meetings.get_meeting(self._user_id, meeting_id).status
                if status == MeetingStatus.COMPLETED:
                    return time.monotonic() - since
                if status == MeetingStatus.FAILED:
                    raise RuntimeError("The meeting's results failed.")
                await asyncio.sleep(0.05)

    def _delays(self, meeting_id: UUID) -> tuple[int, ...]:
        with self._sessions.for_user(self._user_id) as session:
            rows = session.exec(
                select(Utterance.reply_delay_ms)
                .where(Utterance.meeting_id == meeting_id, col(Utterance.reply_delay_ms).is_not(None))
                .order_by(col(Utterance.start_ms))
            )
            return tuple(delay for delay in rows if delay is not None)

"""Meetings held by a small WebRTC client instead of a browser: it listens to the agent, answers, and hangs up."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
import numpy as np
from sqlmodel import col, select

from bench.product import Product
from peak_app.cli.run_folder import RunFolder
from peak_app.config import Settings
from peak_app.db.engine import engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.service import AgentService
from peak_app.domain.insights.models import Transcript
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
REJOIN_WITHIN_S = 60

ANSWERS = (
    "At my last company I owned the order pipeline. I moved it to a queue, and the delay went down to half a second.",
    "I measured it with a trace on every step. The queue was ninety percent of the waiting time.",
    "I would start with the reads, because most of the traffic only looks things up. Then I would add a cache.",
    "We had a conflict about the deadline. I wrote down both plans, and we chose the smaller one together.",
    "The hardest part was the migration. I ran both systems for two weeks and compared every result.",
)


def speak(text: str) -> bytes:
    """s16le at 24 kHz, by the bundled voice."""
    from hibari import Hibari  # noqa: PLC0415  loads a model

    pieces = [np.asarray(piece, np.float32) for piece in Hibari(threads=1).stream(text)]
    return (np.clip(np.concatenate(pieces), -1, 1) * 32767).astype("<i2").tobytes()


@dataclass(frozen=True, slots=True)
class Held:
    """What one meeting showed. `completed_s`: from hang-up to the state completed."""

    duration_s: float
    reply_delays_ms: tuple[int, ...]
    completed_s: float
    answers: int


class Interviewee:
    """One registered person with an agent, on one running product."""

    def __init__(self, product: Product, email: str = "bench@example.org") -> None:
        self._product = product
        self._settings = Settings(_env_file=None, home=product.home, port=product.port)  # pyright: ignore[reportCallIssue]
        self.sessions = TenantSessions(engine(product.ask("db", "url", "--role", "web")))
        self.user_id = register(self.sessions, email).user_id
        agents = AgentService(self.sessions, system_clock)
        self._agent_id = agents.create_agent(
            self.user_id, name="Morgan", instructions="Interview me about backend systems, queues and databases."
        ).agent_id

    async def hold(self, answers: list[bytes]) -> Held:
        """One meeting with these answers, each after the agent has finished speaking."""
        call = self.open_call()
        began = time.monotonic()
        await call.join()
        try:
            for answer in answers:
                await call.answer(answer)
            await call.agent_finished()
            hung_up = await call.hang_up()
        finally:
            await call.leave()
        completed_s = await self.completed(call.meeting_id) - hung_up
        return Held(hung_up - began, self.reply_delays_ms(call.meeting_id), completed_s, len(answers))

    def open_call(self) -> "Call":
        meeting = self._service().create_meeting(self.user_id, title="Benchmark", agent_id=self._agent_id)
        return Call(self, meeting.meeting_id)

    def ticket(self, meeting_id: UUID) -> str:
        ticket = Ticket(meeting_id, self.user_id, "bench", system_clock() + timedelta(seconds=30), 3600)
        return sign_ticket(ticket, self._settings.derive(TICKET_PURPOSE))

    def bridge_url(self) -> str:
        instance = RunFolder(self._product.home).read_instance()
        assert instance is not None
        return f"http://127.0.0.1:{instance.ports['bridge']}"

    async def completed(self, meeting_id: UUID) -> float:
        """Monotonic seconds at which the meeting was seen completed."""
        async with asyncio.timeout(RESULTS_WITHIN_S):
            while True:
                status = await asyncio.to_thread(self._status, meeting_id)
                if status == MeetingStatus.COMPLETED:
                    return time.monotonic()
                if status == MeetingStatus.FAILED:
                    raise RuntimeError("The meeting's results failed.")
                await asyncio.sleep(0.05)

    def _service(self) -> MeetingService:
        # A new one each time: there may be more meetings than one person plans in an hour.
        return MeetingService(self.sessions, system_clock)

    def _status(self, meeting_id: UUID) -> MeetingStatus:
        return self._service().get_meeting(self.user_id, meeting_id).status

    def reply_delays_ms(self, meeting_id: UUID) -> tuple[int, ...]:
        with self.sessions.for_user(self.user_id) as session:
            rows = session.exec(
                select(Utterance.reply_delay_ms)
                .where(Utterance.meeting_id == meeting_id, col(Utterance.reply_delay_ms).is_not(None))
                .order_by(col(Utterance.start_ms))
            )
            return tuple(delay for delay in rows if delay is not None)

    def transcript(self, meeting_id: UUID) -> list[tuple[str, str]]:
        """Speaker and text of every line."""
        with self.sessions.for_user(self.user_id) as session:
            return [(line["speaker"], line["text"]) for line in session.get_one(Transcript, meeting_id).lines]


class Call:
    """One call of one interviewee; `join` again after the connection was lost."""

    def __init__(self, person: Interviewee, meeting_id: UUID) -> None:
        self._person = person
        self.meeting_id = meeting_id
        self.page = Page(person.bridge_url())

    async def join(self) -> None:
        await self.page.join(self.meeting_id, self._person.ticket(self.meeting_id))

    async def rejoin(self) -> float:
        """Offer again until a bridge takes the call, as the page does; gives the seconds it took."""
        began = time.monotonic()
        async with asyncio.timeout(REJOIN_WITHIN_S):
            while True:
                await self.page.close()
                self.page = Page(self._person.bridge_url())
                try:
                    await self.join()
                except (AssertionError, httpx.HTTPError, TimeoutError):
                    await asyncio.sleep(0.5)
                else:
                    return time.monotonic() - began

    async def agent_finished(self) -> None:
        """Wait until the agent has said something new and then been quiet."""
        heard_before = len(self.page.heard)
        async with asyncio.timeout(60):
            while True:
                await asyncio.sleep(0.05)
                loud = [at for at, pcm in self.page.heard[heard_before:] if peak(pcm) > SOUND]
                if loud and time.monotonic() - loud[-1] > QUIET_S:
                    return

    async def answer(self, pcm: bytes, *, is_agent_silent: bool = False) -> None:
        """Speak once the agent has finished (or at once, when it has nothing to say now)."""
        if not is_agent_silent:
            await self.agent_finished()
        self.page.mouth.say(pcm)
        await self.spoken()

    async def spoken(self) -> None:
        """Until all that was to be said is said."""
        while self.page.mouth.is_speaking:
            await asyncio.sleep(0.05)

    async def hang_up(self) -> float:
        """Monotonic seconds of the moment it was asked for."""
        self.page.tell(type="end")
        asked = time.monotonic()
        await self.page.message("ended")
        return asked

    async def leave(self) -> None:
        await self.page.close()

"""Calls that were held, for tests of what comes after them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.models import CallLease, Meeting
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.meetings.turns import Turn
from peak_app.ports.clock import Clock, system_clock
from peak_app.ports.language import Speaker
from tests.people import Person, register

WORDS: tuple[tuple[Speaker, str], ...] = (
    ("agent", "Tell me about a project you are proud of."),
    ("candidate", "Um, I led the migration of our billing service to PostgreSQL."),
    ("agent", "What was the hardest part?"),
    ("candidate", "The backfill of forty million rows, because we had no downtime window."),
    ("agent", "How did you verify the result?"),
    ("candidate", "We ran both systems in parallel and compared the totals each night."),
)
ENOUGH_WORDS: tuple[tuple[Speaker, str], ...] = (
    *WORDS,
    ("agent", "What came of it?"),
    ("candidate", "We switched over on a Sunday without losing a single row of what was there before."),
    ("candidate", "The nightly report went from two hours to nine minutes, and I wrote down how we did it."),
)
"""With enough in it to be scored."""


def turns_of(words: Sequence[tuple[Speaker, str]]) -> list[Turn]:
    """Turns of eight seconds with one between them."""
    return [
        Turn(
            item_id=f"item-{number}",
            speaker=speaker,
            text=text,
            start_ms=number * 9_000,
            end_ms=number * 9_000 + 8_000,
            reply_delay_ms=700 if speaker == "agent" else None,
        )
        for number, (speaker, text) in enumerate(words)
    ]


@dataclass
class HeldCalls:
    """One person with an agent, who has had calls. `sessions` act as the web role, `worker_sessions` as the worker."""

    sessions: TenantSessions
    worker_sessions: TenantSessions
    clock: Clock = system_clock
    person: Person = field(init=False)
    agent_id: UUID = field(init=False)
    meetings: MeetingService = field(init=False)
    calls: CallService = field(init=False)

    def __post_init__(self) -> None:
        self.person = register(self.sessions, f"{uuid4().hex}@example.org")
        self.meetings = MeetingService(self.sessions, self.clock)
        self.calls = CallService(self.worker_sessions, self.clock)
        profile = AgentService(self.sessions, self.clock).create_agent(
            self.user_id, name="Ada", instructions="A backend interview about databases."
        )
        self.agent_id = profile.agent_id

    @property
    def user_id(self) -> UUID:
        return self.person.user_id

    def start(self, words: Sequence[tuple[Speaker, str]] = WORDS) -> UUID:
        """A call that is live, with its journal."""
        # A service of its own each time: there may be more meetings than one person plans in an hour.
        meetings = MeetingService(self.sessions, self.clock)
        meeting_id = meetings.create_meeting(self.user_id, title="Round one", agent_id=self.agent_id).meeting_id
        self.calls.open_call(self.user_id, meeting_id, "bridge-1")
        self.calls.mark_connected(self.user_id, meeting_id, "bridge-1")
        for turn in turns_of(words):
            self.calls.save_turn(self.user_id, meeting_id, turn)
        return meeting_id

    def connected_for(self, meeting_id: UUID, seconds: float) -> None:
        """Have the time of the call pass that was connected so far."""
        with self.worker_sessions.for_user(self.user_id) as session:
            lease = session.get(CallLease, meeting_id)
            assert lease is not None
            lease.connected_ms = round(seconds * 1000)

    def switch_recording_off(self, meeting_id: UUID) -> None:
        """As the person does it in the lobby."""
        with self.worker_sessions.for_user(self.user_id) as session:
            session.get_one(Meeting, meeting_id).is_recorded = False

    def hold(self, words: Sequence[tuple[Speaker, str]] = WORDS, *, reason: str = "ended_by_person") -> UUID:
        """A call that has ended: its meeting is processing, its event waits."""
        meeting_id = self.start(words)
        self.calls.end_call(self.user_id, meeting_id, reason)
        return meeting_id

    def status(self, meeting_id: UUID) -> MeetingStatus:
        return self.meetings.get_meeting(self.user_id, meeting_id).status

"""Planning meetings and looking at them: what a person does outside the call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from peak_app.db.audit import record
from peak_app.db.outbox import MEETING_ENDED, publish
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.workspaces import get_personal_workspace_id
from peak_app.domain.agents import repository as agents
from peak_app.domain.agents.service import MISSING as AGENT_MISSING
from peak_app.domain.fields import optional_text, required_text
from peak_app.domain.meetings import repository
from peak_app.domain.meetings.models import TITLE_LIMIT, Meeting
from peak_app.domain.meetings.status import MeetingStatus, advance
from peak_app.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock

REASON_LIMIT = 200
FARTHEST_PLAN = timedelta(days=366)
PAGE_LIMIT = 100
CREATED_PER_HOUR = 60
"""Meetings one person may plan."""
RERUNS_PER_HOUR = 20
"""How often one person may have results made anew: each time models work through a whole meeting."""
MOST_CALLS = 3
"""Calls of one person at a time: places are few, and minutes are counted only afterwards."""


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting as pages show it."""

    meeting_id: UUID
    owner_id: UUID
    title: str
    agent_id: UUID
    agent_name: str
    status: MeetingStatus
    status_reason: str
    status_at: datetime
    scheduled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    connected_ms: int
    is_recorded: bool
    """Whether sound and picture are kept; open to choice until the call begins."""
    is_demo: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MeetingPage:
    meetings: Sequence[MeetingView]
    total: int


class MeetingService:
    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._created = AttemptLimit(CREATED_PER_HOUR, timedelta(hours=1))
        self._reruns = AttemptLimit(RERUNS_PER_HOUR, timedelta(hours=1))

    def create_meeting(
        self,
        user_id: UUID,
        *,
        title: object,
        agent_id: UUID,
        scheduled_at: datetime | None = None,
        is_demo: bool = False,
    ) -> MeetingView:
        """Plan a meeting, with the agent frozen as it is now.

        Raises:
            InvalidInput: title, or a time in the past or too far away.
            NotFound: the agent was deleted or is someone else's.
            TooManyRequests: more than `CREATED_PER_HOUR`.
        """
        name = required_text(title, "Title", TITLE_LIMIT)
        now = self._clock()
        if scheduled_at is not None and not now - timedelta(minutes=5) <= scheduled_at <= now + FARTHEST_PLAN:
            raise InvalidInput("Choose a time between now and one year from now.", "Time")
        if not self._created.admit(str(user_id), now):
            raise TooManyRequests(t("meetings.too_many"))
        with self._sessions.for_user(user_id) as session:
            agent = agents.find_agent(session, agent_id)
            if agent is None or agent.owner_id != user_id:
                raise NotFound(AGENT_MISSING)
            version = agents.get_newest_version(session, agent_id)
            meeting = Meeting(
                owner_id=user_id,
                workspace_id=get_personal_workspace_id(session, user_id),
                title=name,
                agent_id=agent.id,
                agent_version_id=version.id,
                scheduled_at=scheduled_at,
                status_at=now,
                is_demo=is_demo,
                created_at=now,
            )
            session.add(meeting)
            session.flush()
            return _view(meeting, version.name)

    def get_meeting(self, user_id: UUID, meeting_id: UUID) -> MeetingView:
        """Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meeting = repository.get_meeting(session, meeting_id)
            return _view(meeting, repository.get_version(session, meeting).name)

    def list_meetings(
        self,
        user_id: UUID,
        *,
        status: MeetingStatus | None = None,
        search: object = "",
        limit: int = 20,
        offset: int = 0,
    ) -> MeetingPage:
        """The person's meetings, newest first. `search` looks in titles and agents' names."""
        words = optional_text(search, "Search", TITLE_LIMIT)
        with self._sessions.for_user(user_id) as session:
            rows, total = repository.list_meetings(
                session,
                user_id,
                status=status,
                search=words,
                limit=min(max(1, limit), PAGE_LIMIT),
                offset=max(0, offset),
            )
            return MeetingPage([_view(meeting, name) for meeting, name in rows], total)

    def find_titled(self, user_id: UUID, text: object, *, limit: int) -> list[MeetingView]:
        """The person's newest meetings with this text in the title or the agent's name; without a text, the newest."""
        words = optional_text(text, "Search", TITLE_LIMIT)
        with self._sessions.for_user(user_id) as session:
            found = repository.list_titled(session, user_id, words, min(max(1, limit), PAGE_LIMIT))
            return [_view(meeting, name) for meeting, name in found]

    def require_free_line(self, user_id: UUID, meeting_id: UUID) -> None:
        """Raises: Conflict: the person holds as many other calls as anyone may."""
        with self._sessions.for_user(user_id) as session:
            if repository.count_other_calls(session, user_id, meeting_id) >= MOST_CALLS:
                raise Conflict("You are in other calls already. End one of them first.")

    def choose_recording(self, user_id: UUID, meeting_id: UUID, is_recorded: bool) -> MeetingView:
        """Whether sound and picture will be kept. Once the call has begun that is fixed, and nothing changes.

        Raises:
            NotFound: also for a meeting of someone else.
        """
        with self._sessions.for_user(user_id) as session:
            meeting = self._own(session, user_id, meeting_id)
            if meeting.status == MeetingStatus.SCHEDULED:
                meeting.is_recorded = is_recorded
                meeting.consented_at = self._clock() if is_recorded else None
            return _view(meeting, repository.get_version(session, meeting).name)

    def cancel_meeting(self, user_id: UUID, meeting_id: UUID, *, reason: object = "") -> MeetingView:
        """Raises: NotFound, Conflict."""
        words = optional_text(reason, "Reason", REASON_LIMIT) or "You cancelled this meeting."
        with self._sessions.for_user(user_id) as session:
            meeting = self._own(session, user_id, meeting_id)
            _move(meeting, MeetingStatus.CANCELLED, words, self._clock())
            record(session, user_id, "meeting_cancelled", meeting_id, meeting.status_at)
            return _view(meeting, repository.get_version(session, meeting).name)

    def retry_processing(self, user_id: UUID, meeting_id: UUID) -> MeetingView:
        """ "Try again": make the results anew. Pressing twice does it once.

        Raises:
            NotFound, Conflict
            TooManyRequests: more than `RERUNS_PER_HOUR`.
        """
        with self._sessions.for_user(user_id) as session:
            meeting = self._own(session, user_id, meeting_id)
            if meeting.status != MeetingStatus.PROCESSING:
                _move(meeting, MeetingStatus.PROCESSING, "", self._clock())
                if not self._reruns.admit(str(user_id), meeting.status_at):
                    raise TooManyRequests(t("meeting.too_many_reruns"))
                meeting.asked_again_at = meeting.status_at
                record(session, user_id, "results_asked_again", meeting_id, meeting.status_at)
                publish(session, MEETING_ENDED, owner_id=user_id, meeting_id=meeting_id, payload={"is_retry": True})
            return _view(meeting, repository.get_version(session, meeting).name)

    def complete_meeting(self, owner_id: UUID, meeting_id: UUID, *, reason: str = "") -> None:
        """All results are there, maybe after the meeting was given up. Repeating it is harmless.

        Raises:
            NotFound
            Conflict
        """
        self._finish(owner_id, meeting_id, MeetingStatus.COMPLETED, reason)

    def fail_meeting(self, owner_id: UUID, meeting_id: UUID, *, reason: str) -> None:
        """Results could not be made; `reason` is a sentence for the person. Repeating it is harmless."""
        self._finish(owner_id, meeting_id, MeetingStatus.FAILED, reason)

    def _finish(self, owner_id: UUID, meeting_id: UUID, status: MeetingStatus, reason: str) -> None:
        with self._sessions.for_user(owner_id) as session:
            meeting = repository.get_meeting(session, meeting_id, is_locked=True)
            if meeting.status == MeetingStatus.FAILED and status == MeetingStatus.COMPLETED:
                # Someone ran the steps from Dagster's page. Nobody asked for anything, so no event is due.
                _move(meeting, MeetingStatus.PROCESSING, "", self._clock())
                session.flush()
            if meeting.status != status:
                _move(meeting, status, reason, self._clock())

    def _own(self, session: Session, user_id: UUID, meeting_id: UUID) -> Meeting:
        # A coach sees a shared meeting, but what becomes of it is its owner's business.
        meeting = repository.get_meeting(session, meeting_id, is_locked=True)
        if meeting.owner_id != user_id:
            raise NotFound(repository.MISSING)
        return meeting


def _move(meeting: Meeting, status: MeetingStatus, reason: str, at: datetime) -> None:
    meeting.status = advance(meeting.status, status)
    meeting.status_reason, meeting.status_at = reason[:REASON_LIMIT], at


def _view(meeting: Meeting, agent_name: str) -> MeetingView:
    return MeetingView(
        meeting_id=meeting.id,
        owner_id=meeting.owner_id,
        title=meeting.title,
        agent_id=meeting.agent_id,
        agent_name=agent_name,
        status=MeetingStatus(meeting.status),
        status_reason=meeting.status_reason,
        status_at=meeting.status_at,
        scheduled_at=meeting.scheduled_at,
        started_at=meeting.started_at,
        ended_at=meeting.ended_at,
        connected_ms=meeting.connected_ms,
        is_recorded=meeting.is_recorded,
        is_demo=meeting.is_demo,
        created_at=meeting.created_at,
    )

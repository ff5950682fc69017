"""Planning meetings and looking at them: what a person does outside the call."""

from collections.abc import Callable, Sequence
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
from peak_app.domain.agents.conduct import Conduct, conduct_of_settings
from peak_app.domain.fields import optional_text, required_text
from peak_app.domain.meetings import repository
from peak_app.domain.meetings.listing import MeetingFilter, Sort, list_filtered
from peak_app.domain.meetings.models import FOCUS_LIMIT, TITLE_LIMIT, Meeting
from peak_app.domain.meetings.moments import is_overdue
from peak_app.domain.meetings.status import MeetingStatus, advance
from peak_app.domain.moderation import find_flagged
from peak_app.domain.notifications import reminders
from peak_app.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.moderation import Moderate, moderate_nothing

REASON_LIMIT = 200
FARTHEST_PLAN = timedelta(days=366)
PAGE_LIMIT = 500
CREATED_PER_HOUR = 60
"""Meetings one person may plan."""
MOVED_PER_HOUR = 60
"""How often one person may give meetings another time: what happened to a meeting is kept for as long as it is."""
SEARCHED_PER_MINUTE = 120
"""How often one person may have their meetings searched: each time all that was said in them is."""
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
    plan_number: int = 0
    """Goes up with each change of the plan; calendars go by it."""
    score: float | None = None
    """Mean of the scorecard that counts; None: there is none, or too little in it."""
    focus: str = ""
    """What it is to practise; empty: nothing in particular."""

    @property
    def happens_at(self) -> datetime:
        """Where it stands in time."""
        return self.started_at or self.scheduled_at or self.created_at

    def is_overdue(self, now: datetime) -> bool:
        return is_overdue(self.status, self.scheduled_at, now)


@dataclass(frozen=True, slots=True)
class MeetingPage:
    meetings: Sequence[MeetingView]
    total: int


class MeetingService:
    """Use cases of planning meetings and of what becomes of them.

    Args:
        tell: called with a meeting in the transaction in which its results came, or could not be made.
        moderate: asked about what a meeting is to practise.
    """

    def __init__(
        self,
        sessions: TenantSessions,
        clock: Clock,
        tell: Callable[[Session, Meeting], None] | None = None,
        moderate: Moderate = moderate_nothing,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._tell = tell
        self._moderate = moderate
        self._created = AttemptLimit(CREATED_PER_HOUR, timedelta(hours=1))
        self._moved = AttemptLimit(MOVED_PER_HOUR, timedelta(hours=1))
        self._searched = AttemptLimit(SEARCHED_PER_MINUTE, timedelta(minutes=1))
        self._reruns = AttemptLimit(RERUNS_PER_HOUR, timedelta(hours=1))

    def create_meeting(
        self,
        user_id: UUID,
        *,
        title: object,
        agent_id: UUID,
        scheduled_at: datetime | None = None,
        focus: object = "",
        is_demo: bool = False,
    ) -> MeetingView:
        """Plan a meeting, with the agent frozen as it is now. `focus`: what it is to practise; the agent is told.

        Raises:
            InvalidInput: title, focus (also because the moderation model flags it), or a time in the past or too far
                away.
            NotFound: the agent was deleted or is someone else's.
            Conflict: it is archived.
            TooManyRequests: more than `CREATED_PER_HOUR`.
        """
        name, aim = (
            required_text(title, t("field.title"), TITLE_LIMIT),
            optional_text(focus, t("field.focus"), FOCUS_LIMIT),
        )
        now = self._clock()
        if scheduled_at is not None:
            _check_time(scheduled_at, now)
        if not self._created.admit(str(user_id), now):
            raise TooManyRequests(t("meetings.too_many"))
        # The agent is told the focus, and nothing of the title.
        if aim and (found := find_flagged(self._moderate, user_id, [aim])):
            raise InvalidInput(t("meetings.focus_flagged", categories=found[1]), "focus")
        with self._sessions.for_user(user_id) as session:
            agent = agents.find_agent(session, agent_id)
            if agent is None or agent.owner_id != user_id:
                raise NotFound(t("refusal.agent_missing"))
            if agent.archived_at is not None:
                raise Conflict(t("refusal.agent_archived"))
            version = agents.get_newest_version(session, agent_id)
            meeting = Meeting(
                owner_id=user_id,
                workspace_id=get_personal_workspace_id(session, user_id),
                title=name,
                focus=aim,
                agent_id=agent.id,
                agent_version_id=version.id,
                scheduled_at=scheduled_at,
                status_at=now,
                is_demo=is_demo,
                created_at=now,
            )
            session.add(meeting)
            session.flush()
            _plan(session, meeting, now)
            return _view(meeting, version.name)

    def get_meeting(self, user_id: UUID, meeting_id: UUID) -> MeetingView:
        """Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meeting = repository.get_meeting(session, meeting_id)
            return _view(meeting, repository.get_version(session, meeting).name)

    def get_conduct(self, user_id: UUID, meeting_id: UUID) -> Conduct:
        """How the agent leads this meeting. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meeting = repository.get_meeting(session, meeting_id)
            return conduct_of_settings(repository.get_version(session, meeting).settings)

    def list_agent_ids(self, user_id: UUID) -> set[UUID]:
        """The agents that the person's meetings are with, whatever became of either."""
        with self._sessions.for_user(user_id) as session:
            return repository.list_agent_ids(session, user_id)

    def list_meetings(
        self,
        user_id: UUID,
        *,
        status: MeetingStatus | None = None,
        search: object = "",
        agent_id: UUID | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        least_score: float | None = None,
        sort: Sort = Sort.NEWEST,
        limit: int = 20,
        offset: int = 0,
    ) -> MeetingPage:
        """The person's own meetings.

        Args:
            search: looked for in titles, agents' names and what was said.
            until: the first moment that is not wanted any more.
            least_score: leaves out whatever has no score, too.
        Raises:
            TooManyRequests: more than `SEARCHED_PER_MINUTE`.
        """
        words = optional_text(search, t("field.search"), TITLE_LIMIT)
        if words and not self._searched.admit(str(user_id), self._clock()):
            raise TooManyRequests(t("meetings.too_many_searches"))
        wanted = MeetingFilter(words, status, agent_id, since, until, least_score)
        limit, offset = min(max(1, limit), PAGE_LIMIT), max(0, offset)
        with self._sessions.for_user(user_id) as session:
            rows, total = list_filtered(session, user_id, wanted, sort=sort, limit=limit, offset=offset)
            return MeetingPage([_view(meeting, name) for meeting, name in rows], total)

    def list_around(self, user_id: UUID, *, limit: int) -> tuple[Sequence[MeetingView], Sequence[MeetingView]]:
        """The person's meetings to come, the next one first, and those that were held, the newest first."""
        with self._sessions.for_user(user_id) as session:
            ahead = repository.list_ahead(session, user_id, self._clock(), limit)
            held = repository.list_past(session, user_id, limit)
            return [_view(*row) for row in ahead], [_view(*row) for row in held]

    def find_titled(self, user_id: UUID, text: object, *, limit: int) -> list[MeetingView]:
        """The person's newest meetings with this text in the title or the agent's name; without a text, the newest."""
        words = optional_text(text, t("field.search"), TITLE_LIMIT)
        with self._sessions.for_user(user_id) as session:
            found = repository.list_titled(session, user_id, words, min(max(1, limit), PAGE_LIMIT))
            return [_view(meeting, name) for meeting, name in found]

    def require_free_line(self, user_id: UUID, meeting_id: UUID) -> None:
        """Raises: Conflict: the person holds as many other calls as anyone may."""
        with self._sessions.for_user(user_id) as session:
            if repository.count_other_calls(session, user_id, meeting_id) >= MOST_CALLS:
                raise Conflict(t("refusal.other_calls"))

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

    def reschedule_meeting(self, user_id: UUID, meeting_id: UUID, *, scheduled_at: datetime) -> MeetingView:
        """Give a planned meeting another time, or its first one. The same time again changes nothing.

        Raises:
            InvalidInput: a time in the past or too far away.
            NotFound
            Conflict: it has begun, or is over or cancelled.
            TooManyRequests: more than `MOVED_PER_HOUR`.
        """
        now = self._clock()
        _check_time(scheduled_at, now)
        with self._sessions.for_user(user_id) as session:
            meeting = self._own(session, user_id, meeting_id)
            if meeting.status != MeetingStatus.SCHEDULED:
                raise Conflict(t("plan.not_planned"))
            if meeting.scheduled_at != scheduled_at:
                if not self._moved.admit(str(user_id), now):
                    raise TooManyRequests(t("plan.too_many"))
                meeting.scheduled_at, meeting.status_at = scheduled_at, now
                meeting.plan_number += 1
                record(session, user_id, "meeting_rescheduled", meeting_id, now)
                _plan(session, meeting, now)
            return _view(meeting, repository.get_version(session, meeting).name)

    def cancel_meeting(self, user_id: UUID, meeting_id: UUID, *, reason: object = "") -> MeetingView:
        """Raises: InvalidInput: the reason is too long; NotFound, Conflict."""
        words = optional_text(reason, t("field.reason"), REASON_LIMIT) or t("meeting.cancelled_by_person")
        with self._sessions.for_user(user_id) as session:
            meeting = self._own(session, user_id, meeting_id)
            _move(meeting, MeetingStatus.CANCELLED, words, self._clock())
            meeting.plan_number += 1
            reminders.unplan(session, meeting_id)
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
                if self._tell is not None:
                    self._tell(session, meeting)

    def _own(self, session: Session, user_id: UUID, meeting_id: UUID) -> Meeting:
        # A coach sees a shared meeting, but what becomes of it is its owner's business.
        meeting = repository.get_meeting(session, meeting_id, is_locked=True)
        if meeting.owner_id != user_id:
            raise NotFound(t("refusal.meeting_missing"))
        return meeting


def _check_time(scheduled_at: datetime, now: datetime) -> None:
    if not now - timedelta(minutes=5) <= scheduled_at <= now + FARTHEST_PLAN:
        raise InvalidInput(t("refusal.planned_time"), "Time")


def _plan(session: Session, meeting: Meeting, now: datetime) -> None:
    # Nobody waits for a made-up meeting.
    if meeting.scheduled_at is not None and not meeting.is_demo:
        reminders.plan(session, meeting.owner_id, meeting.id, meeting.scheduled_at, now)


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
        plan_number=meeting.plan_number,
        score=meeting.score,
        created_at=meeting.created_at,
        focus=meeting.focus,
    )

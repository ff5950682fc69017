"""The flight recorder: how any meeting went, for whoever runs the installation; and having its results made anew."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from peak_app.db.audit import record
from peak_app.db.outbox import MEETING_ENDED, publish
from peak_app.db.tenancy import TenantSessions, act_for
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.meetings.status import MeetingStatus, advance
from peak_app.domain.operations import repository
from peak_app.domain.operations.timeline import Entry, needs_repair, timeline_of
from peak_app.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock

PREFIX_LENGTH = 6
"""Characters of an id that a search must have: with fewer, many of one day would be found."""
FOUND_LIMIT = 20
REPAIRS_PER_HOUR = 120
_PREFIX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Flight:
    meeting_id: UUID
    status: MeetingStatus | None
    """None: the meeting was deleted."""
    entries: Sequence[Entry]
    can_repair: bool


@dataclass(frozen=True, slots=True)
class Found:
    meeting_id: UUID
    since: datetime


class RecorderService:
    """Acts with the web role, as the operator: policies show them ids, times, states and reasons, and no words."""

    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._repairs = AttemptLimit(REPAIRS_PER_HOUR, timedelta(hours=1))

    def find_meetings(self, user_id: UUID, prefix: object) -> Sequence[Found]:
        """Meetings whose id begins so, newest first, deleted ones too.

        Raises:
            NotFound: this person does not run the installation.
            InvalidInput: too little of an id, or none.
        """
        low, high = prefix_range(prefix)
        with self._sessions.for_user(user_id) as session:
            repository.require_operator(session, user_id, t("refusal.page_missing"))
            return [Found(*row) for row in repository.find_meetings(session, low, high, FOUND_LIMIT)]

    def get_flight(self, user_id: UUID, meeting_id: UUID) -> Flight:
        """Raises: NotFound: there was no such meeting, or this person does not run the installation."""
        with self._sessions.for_user(user_id) as session:
            repository.require_operator(session, user_id, t("refusal.page_missing"))
            traces = repository.read_traces(session, meeting_id)
        if traces.owner_id is None:
            raise NotFound(t("recorder.unknown"))
        return Flight(meeting_id, traces.status, timeline_of(traces), needs_repair(traces))

    def repair(self, user_id: UUID, meeting_id: UUID) -> bool:
        """Have the results of a failed or stranded meeting made anew, as its owner's "Try again" does.

        False: nothing had to be done, because it is under way; so pressing twice does it once. Nothing of the meeting
        is shown to the operator, and both they and the owner have it in their log.

        Raises:
            NotFound: there is no such meeting (any more), or this person does not run the installation.
            Conflict: there is nothing to repair.
            TooManyRequests: more than `REPAIRS_PER_HOUR`.
        """
        now = self._clock()
        with self._sessions.for_user(user_id) as session:
            repository.require_operator(session, user_id, t("refusal.page_missing"))
            # Two who press at once come one after the other, and the second sees what the first did.
            repository.lock_repair(session, meeting_id)
            traces = repository.read_traces(session, meeting_id)
            if traces.owner_id is None or traces.status is None:
                raise NotFound(t("recorder.unknown"))
            if traces.status == MeetingStatus.PROCESSING and traces.has_open_event:
                return False
            if not needs_repair(traces):
                raise Conflict(t("recorder.nothing_to_repair"))
            if not self._repairs.admit(str(user_id), now):
                raise TooManyRequests(t("recorder.too_many"))
            # As the owner: nobody else may change what is theirs.
            act_for(session, traces.owner_id)
            meeting = meetings.get_meeting(session, meeting_id, is_locked=True)
            if meeting.status != traces.status:
                # Its owner, or the pipeline, was faster.
                return False
            if meeting.status != MeetingStatus.PROCESSING:
                meeting.status = advance(meeting.status, MeetingStatus.PROCESSING)
            meeting.status_reason, meeting.status_at, meeting.asked_again_at = "", now, now
            record(session, traces.owner_id, "results_repaired_by_operator", meeting_id, now)
            publish(session, MEETING_ENDED, owner_id=traces.owner_id, meeting_id=meeting_id, payload={"is_retry": True})
            session.flush()
            act_for(session, user_id)
            record(session, user_id, "results_repaired", meeting_id, now)
            return True


def prefix_range(prefix: object) -> tuple[UUID, UUID]:
    """The lowest and the highest id that begin so. Raises: InvalidInput."""
    text = prefix.strip().lower().replace("-", "") if isinstance(prefix, str) else ""
    if not PREFIX_LENGTH <= len(text) <= 32 or not _PREFIX.fullmatch(text):
        raise InvalidInput(t("recorder.no_prefix", count=PREFIX_LENGTH), "Meeting")
    return UUID(text.ljust(32, "0")), UUID(text.ljust(32, "f"))

"""Meetings in people's own calendars: a file for one, and a private feed of all that are planned."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from peak_app.db.audit import record
from peak_app.db.tenancy import TenantSessions, act_for
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.tokens import TokenHasher, is_secret, new_secret
from peak_app.domain.agents.conduct import conduct_of_settings
from peak_app.domain.agents.models import AgentVersion
from peak_app.domain.calendars import repository
from peak_app.domain.calendars.entries import USUAL_LENGTH, Entry, feed, one_entry
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import Conflict, NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock

KEPT = timedelta(days=60)
"""How long a meeting stays in the feed after its time."""
ENTRY_LIMIT = 500
"""Meetings in a feed."""
RENEWED_PER_HOUR = 30
"""Feeds one person may have made or switched off."""
_KIND = "calendar-feed"


class CalendarService:
    """All methods block; call them in a thread.

    Args:
        derive: gives a key for a purpose, see `Settings.derive`.
        origin: of the pages, for links in entries and the address of the feed.
    """

    def __init__(self, sessions: TenantSessions, derive: Callable[[str], bytes], clock: Clock, origin: str) -> None:
        self._sessions = sessions
        self._hasher = TokenHasher(derive(_KIND))
        self._clock = clock
        self._origin = origin
        self._renewed = AttemptLimit(RENEWED_PER_HOUR, timedelta(hours=1))

    def write_entry(self, user_id: UUID, meeting_id: UUID) -> bytes:
        """One meeting as a calendar file, for its owner.

        Raises:
            NotFound: also for a meeting of someone else, shared or not.
            Conflict: it has no time.
        """
        with self._sessions.for_user(user_id) as session:
            found = repository.find_planned(session, user_id, meeting_id)
            if found is None:
                raise NotFound(t("refusal.meeting_missing"))
            meeting, version = found
            if meeting.scheduled_at is None:
                raise Conflict(t("calendar.no_time"))
            entry = _entry(meeting, version, meeting.scheduled_at)
            return one_entry(entry, origin=self._origin, organizer=repository.get_email(session, user_id))

    def find_feed(self, user_id: UUID) -> datetime | None:
        """Since when the person has a feed at this address; None: they have none."""
        with self._sessions.for_user(user_id) as session:
            known = repository.find_feed(session, user_id)
            return known.created_at if known else None

    def renew_feed(self, user_id: UUID) -> str:
        """Have a feed, at a new address: this is the only time anyone is told it. An older one leads nowhere now.

        Raises:
            TooManyRequests: more than `RENEWED_PER_HOUR`; so with `switch_off`.
        """
        self._admit(user_id)
        secret, now = new_secret(), self._clock()
        with self._sessions.for_user(user_id) as session:
            repository.upsert_feed(session, user_id, self._hasher.hash(_KIND, secret), now)
            record(session, user_id, "calendar_feed_renewed", user_id, now)
        return f"{self._origin}/calendar/{secret}.ics"

    def switch_off(self, user_id: UUID) -> None:
        """Have no feed. Repeating it is harmless. Raises: TooManyRequests."""
        self._admit(user_id)
        with self._sessions.for_user(user_id) as session:
            repository.delete_feed(session, user_id)
            record(session, user_id, "calendar_feed_off", user_id, self._clock())

    def _admit(self, user_id: UUID) -> None:
        if not self._renewed.admit(str(user_id), self._clock()):
            raise TooManyRequests(t("refusal.changed_often"))

    def read_feed(self, secret: str) -> bytes:
        """What stands behind the address with this secret.

        Raises:
            NotFound: nothing; nobody is told whether there was something once.
        """
        if not is_secret(secret):
            raise NotFound(t("refusal.nothing_here"))
        token_hash = self._hasher.hash(_KIND, secret)
        with self._sessions.for_token(token_hash) as session:
            owner_id = repository.find_owner(session, token_hash)
            if owner_id is None:
                raise NotFound(t("refusal.nothing_here"))
            act_for(session, owner_id)
            rows = repository.list_planned(session, owner_id, self._clock() - KEPT, ENTRY_LIMIT)
            entries = [
                _entry(meeting, version, meeting.scheduled_at) for meeting, version in rows if meeting.scheduled_at
            ]
            return feed(entries, origin=self._origin, name=t("calendar.name"))


def _entry(meeting: Meeting, version: AgentVersion, starts_at: datetime) -> Entry:
    planned_ms = conduct_of_settings(version.settings).planned_ms
    is_cancelled = meeting.status == MeetingStatus.CANCELLED
    return Entry(
        meeting_id=meeting.id,
        title=meeting.title,
        agent_name=version.name,
        starts_at=starts_at,
        length=timedelta(milliseconds=planned_ms) if planned_ms else USUAL_LENGTH,
        number=meeting.plan_number,
        is_cancelled=is_cancelled,
        reason=meeting.status_reason if is_cancelled else "",
        created_at=meeting.created_at,
        changed_at=meeting.status_at,
    )

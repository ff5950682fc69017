"""The ledger of minutes: what a person used, and whether they may start another call."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.billing.allowance import Allowance, month_of
from peak_app.domain.billing.errors import MinutesExhausted
from peak_app.domain.billing.ledger import Booking, book
from peak_app.domain.billing.models import UsageEntry
from peak_app.domain.meetings.models import CallLease, Meeting
from peak_app.domain.meetings.repository import MISSING
from peak_app.errors import NotFound
from peak_app.ports.clock import Clock

FREE_PLAN = "Free"


class BillingService:
    def __init__(self, sessions: TenantSessions, clock: Clock, *, free_minutes: int) -> None:
        self._sessions = sessions
        self._clock = clock
        self._free_minutes = free_minutes

    def get_allowance(self, user_id: UUID) -> Allowance:
        """What is left this month: the ledger, calls still in processing, and the call that runs now."""
        now = self._clock()
        start, end = month_of(now)
        with self._sessions.for_user(user_id) as session:
            booked = session.exec(
                select(func.coalesce(func.sum(UsageEntry.seconds), 0)).where(
                    UsageEntry.owner_id == user_id,
                    col(UsageEntry.occurred_at) >= start,
                    col(UsageEntry.occurred_at) < end,
                )
            ).one()
            unbooked_ms = session.exec(
                select(func.coalesce(func.sum(Meeting.connected_ms), 0)).where(
                    Meeting.owner_id == user_id,
                    col(Meeting.ended_at) >= start,
                    ~select(UsageEntry.id).where(col(UsageEntry.meeting_id) == col(Meeting.id)).exists(),
                )
            ).one()
            leases = session.exec(select(CallLease).where(CallLease.owner_id == user_id)).all()
            live = sum((lease.connected_time(now) for lease in leases), timedelta())
        return Allowance(
            plan=FREE_PLAN,
            included_minutes=self._free_minutes,
            used=timedelta(seconds=booked, milliseconds=unbooked_ms) + live,
            renews_on=end.date(),
        )

    def require_minutes(self, user_id: UUID) -> Allowance:
        """Raises: MinutesExhausted."""
        allowance = self.get_allowance(user_id)
        if allowance.is_exhausted:
            raise MinutesExhausted(allowance)
        return allowance

    def record_usage(self, owner_id: UUID, meeting_id: UUID) -> Booking:
        """Book the call's connected time once, whoever asks how often. Raises: NotFound."""
        with self._sessions.for_user(owner_id) as session:
            meeting = session.get(Meeting, meeting_id)
            if meeting is None:
                raise NotFound(MISSING)
            return book(session, meeting, self._clock())

    def list_usage(self, user_id: UUID, *, since: datetime, limit: int = 100) -> Sequence[tuple[UsageEntry, str]]:
        """Newest entries with the title of their meeting, empty when it was deleted."""
        with self._sessions.for_user(user_id) as session:
            rows = session.exec(
                select(UsageEntry, Meeting.title)
                .join(Meeting, col(Meeting.id) == col(UsageEntry.meeting_id), isouter=True)
                .where(UsageEntry.owner_id == user_id, col(UsageEntry.occurred_at) >= since)
                .order_by(col(UsageEntry.occurred_at).desc())
                .limit(limit)
            ).all()
            return [(entry, title or "") for entry, title in rows]

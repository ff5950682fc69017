"""Reading the outbox: which meetings were deleted, and still have files or a history."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select, update

from peak_app.db.models import OutboxEvent
from peak_app.db.outbox import MEETING_DELETED
from peak_app.db.tenancy import TenantSessions

SETTLE = timedelta(seconds=8)
"""So long what was under way may take to notice that there is no meeting any more: a tick of a sensor, a bridge that
closes its files, the last chunk of a camera. What failed is tried again when its event is twice as old as it had to be
for the last attempt."""
DOUBLINGS = 8
"""After so many, when the event is half an hour old, it is tried once in `LONGEST_WAIT`."""
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Deletion:
    """An outbox event `meeting_deleted`."""

    event_id: int
    owner_id: UUID
    receipt_id: UUID
    attempts: int


class Deletions:
    """Events belong to the worker role as a whole, so its transactions have no tenant. None is ever given up."""

    def __init__(self, sessions: TenantSessions) -> None:
        self._sessions = sessions

    def list_due(self, *, limit: int = 20) -> list[Deletion]:
        """Those that are not done and have waited long enough, oldest first."""
        age = func.clock_timestamp() - col(OutboxEvent.created_at)
        attempts = col(OutboxEvent.attempts)
        wait = SETTLE * func.power(2, func.least(attempts, DOUBLINGS))
        wait += LONGEST_WAIT * func.greatest(attempts - DOUBLINGS, 0)
        return self._list(col(OutboxEvent.done_at).is_(None), age > wait, limit=limit)

    def list_done(self, within: timedelta, *, limit: int = 10_000) -> list[Deletion]:
        """Those that were done lately, oldest first."""
        return self._list(col(OutboxEvent.done_at) > func.clock_timestamp() - within, limit=limit)

    def count_attempt(self, deletion: Deletion) -> bool:
        """Note one more attempt; False when someone else did so meanwhile."""
        with self._sessions.without_tenant() as session:
            counted = session.execute(
                update(OutboxEvent)
                .where(col(OutboxEvent.id) == deletion.event_id, col(OutboxEvent.attempts) == deletion.attempts)
                .values(attempts=deletion.attempts + 1)
                .returning(col(OutboxEvent.id))
            )
            return counted.first() is not None

    def _list(self, *conditions, limit: int) -> list[Deletion]:
        events = select(OutboxEvent).where(OutboxEvent.kind == MEETING_DELETED, *conditions)
        with self._sessions.without_tenant() as session:
            return [
                Deletion(event.id, event.owner_id, UUID(event.payload["receipt_id"]), event.attempts)
                for event in session.exec(events.order_by(col(OutboxEvent.id)).limit(limit)).all()
                if event.id is not None
            ]

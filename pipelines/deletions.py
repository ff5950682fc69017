"""Reading the outbox: which meetings were deleted, and still have files or a history."""

from collections.abc import Iterable, Iterator
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

    def list_due(self, *, limit: int = 20, per_owner: int = 3) -> list[Deletion]:
        """Those that are not done and have waited long enough, those that were tried least first.

        Only a few are of one person, so that nobody's deletions wait for someone else's.
        """
        age = func.clock_timestamp() - col(OutboxEvent.created_at)
        attempts = col(OutboxEvent.attempts)
        wait = SETTLE * func.power(2, func.least(attempts, DOUBLINGS))
        wait += LONGEST_WAIT * func.greatest(attempts - DOUBLINGS, 0)
        order = (attempts, col(OutboxEvent.id))
        place = func.row_number().over(partition_by=col(OutboxEvent.owner_id), order_by=order)
        due = (
            select(OutboxEvent.id, place.label("place"))
            .where(OutboxEvent.kind == MEETING_DELETED, col(OutboxEvent.done_at).is_(None), age > wait)
            .subquery()
        )
        events = select(OutboxEvent).join(due, due.c.id == col(OutboxEvent.id)).where(due.c.place <= per_owner)
        with self._sessions.without_tenant() as session:
            return _deletions(session.exec(events.order_by(*order).limit(limit)).all())

    def each_done(self, within: timedelta, *, page_size: int = 200) -> Iterator[Deletion]:
        """Those that were done lately, oldest first, read page by page."""
        last_id = 0
        while page := self._list_done(within, last_id, page_size):
            yield from page
            last_id = page[-1].event_id

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

    def _list_done(self, within: timedelta, after_id: int, limit: int) -> list[Deletion]:
        events = select(OutboxEvent).where(
            OutboxEvent.kind == MEETING_DELETED,
            col(OutboxEvent.done_at) > func.clock_timestamp() - within,
            col(OutboxEvent.id) > after_id,
        )
        with self._sessions.without_tenant() as session:
            return _deletions(session.exec(events.order_by(col(OutboxEvent.id)).limit(limit)).all())


def _deletions(events: Iterable[OutboxEvent]) -> list[Deletion]:
    return [
        Deletion(event.id, event.owner_id, UUID(event.payload["receipt_id"]), event.attempts)
        for event in events
        if event.id is not None
    ]

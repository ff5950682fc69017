"""Reading the outbox: which calls have ended and still wait for their results, and whose they are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg
from sqlalchemy import func
from sqlmodel import Session, col, select, update

from peak_app.db.address import CONNECT
from peak_app.db.channels import OUTBOX
from peak_app.db.models import OutboxEvent
from peak_app.db.outbox import MEETING_ENDED
from peak_app.db.tenancy import TenantSessions

WAIT_BASE = timedelta(seconds=60)
"""How old an event without a run may get before it is looked after; twice as old with each attempt. Long enough for a
busy machine to start the runs of a hundred calls that end at once."""
MAX_ATTEMPTS = 4
"""The attempt that gives the meeting up, when its event is eight minutes old. Those before it start its runs anew."""


@dataclass(frozen=True, slots=True)
class EndedCall:
    """An outbox event `meeting_ended` that is not done."""

    event_id: int
    owner_id: UUID
    meeting_id: UUID
    attempts: int


class Outbox:
    """Events belong to the worker role as a whole, so its transactions have no tenant."""

    def __init__(self, sessions: TenantSessions) -> None:
        self._sessions = sessions

    def find_owner(self, meeting_id: UUID) -> UUID | None:
        """Whose meeting it is; None when it was deleted, for its events go with it."""
        with self._sessions.without_tenant() as session:
            return session.exec(
                select(OutboxEvent.owner_id)
                .where(OutboxEvent.meeting_id == meeting_id, OutboxEvent.kind == MEETING_ENDED)
                .order_by(col(OutboxEvent.id).desc())
                .limit(1)
            ).first()

    def list_pending(self, *, limit: int = 500) -> list[EndedCall]:
        """Events that are not done, oldest first."""
        with self._sessions.without_tenant() as session:
            return self._calls(session, _pending(limit))

    def list_overdue(self, *, limit: int = 50) -> list[EndedCall]:
        """Pending events older than their attempts allow, oldest first."""
        with self._sessions.without_tenant() as session:
            age = func.clock_timestamp() - col(OutboxEvent.created_at)
            wait = WAIT_BASE * func.power(2, col(OutboxEvent.attempts))
            return self._calls(session, _pending(limit).where(age > wait))

    def count_attempt(self, call: EndedCall) -> bool:
        """Note one more attempt; False when someone else did so meanwhile."""
        with self._sessions.without_tenant() as session:
            counted = session.execute(
                update(OutboxEvent)
                .where(col(OutboxEvent.id) == call.event_id, col(OutboxEvent.attempts) == call.attempts)
                .values(attempts=call.attempts + 1)
                .returning(col(OutboxEvent.id))
            )
            return counted.first() is not None

    def pending_ids(self, meeting_id: UUID) -> list[int]:
        """Events of one meeting that are not done."""
        with self._sessions.without_tenant() as session:
            ids = session.exec(_pending(100).where(OutboxEvent.meeting_id == meeting_id)).all()
            return [event.id for event in ids if event.id is not None]

    def mark_done(self, event_ids: Sequence[int]) -> None:
        """Nothing is left to do for these events; one that came meanwhile keeps waiting."""
        if event_ids:
            with self._sessions.without_tenant() as session:
                session.execute(
                    update(OutboxEvent)
                    .where(col(OutboxEvent.id).in_(event_ids), col(OutboxEvent.done_at).is_(None))
                    .values(done_at=func.clock_timestamp())
                )

    def list_recent_meetings(self, age: timedelta) -> dict[UUID, list[UUID]]:
        """Meetings by owner of which events came within `age`, none of them waiting any more."""
        with self._sessions.without_tenant() as session:
            rows = session.execute(
                select(OutboxEvent.owner_id, OutboxEvent.meeting_id)
                .where(
                    OutboxEvent.kind == MEETING_ENDED,
                    col(OutboxEvent.meeting_id).is_not(None),
                    col(OutboxEvent.created_at) > func.clock_timestamp() - age,
                )
                .group_by(col(OutboxEvent.owner_id), col(OutboxEvent.meeting_id))
                .having(func.count() == func.count(col(OutboxEvent.done_at)))
            )
            found: dict[UUID, list[UUID]] = {}
            for owner_id, meeting_id in rows:
                found.setdefault(owner_id, []).append(meeting_id)
            return found

    def measure_backlog(self) -> tuple[int, float]:
        """How many events are not done, and the age of the oldest in seconds."""
        with self._sessions.without_tenant() as session:
            age = func.clock_timestamp() - func.min(col(OutboxEvent.created_at))
            row = session.execute(
                select(func.count(), func.coalesce(func.extract("epoch", age), 0)).where(
                    OutboxEvent.kind == MEETING_ENDED, col(OutboxEvent.done_at).is_(None)
                )
            ).one()
            return row[0], float(row[1])

    def list_owners(self) -> list[UUID]:
        """Everyone who ever ended a call, or deleted a meeting."""
        with self._sessions.without_tenant() as session:
            return list(session.exec(select(OutboxEvent.owner_id).distinct()).all())

    @staticmethod
    def _calls(session: Session, query) -> list[EndedCall]:
        return [
            EndedCall(event.id, event.owner_id, event.meeting_id, event.attempts)
            for event in session.exec(query).all()
            if event.id is not None and event.meeting_id is not None
        ]


def _pending(limit: int):
    return (
        select(OutboxEvent)
        .where(OutboxEvent.kind == MEETING_ENDED, col(OutboxEvent.done_at).is_(None))
        .order_by(col(OutboxEvent.id))
        .limit(limit)
    )


@contextmanager
def listening(url: str) -> Iterator[psycopg.Connection]:
    """A connection that hears of every new event from now on. `url` in libpq's form."""
    with psycopg.connect(url, autocommit=True, **CONNECT) as connection:
        connection.execute(f"LISTEN {OUTBOX}")
        yield connection


def wait_for_event(connection: psycopg.Connection, timeout_s: float) -> None:
    """Return when an event came, or the time is over."""
    for _ in connection.notifies(timeout=timeout_s, stop_after=1):
        return

"""Queries about what left this machine. Callers open the transaction and say for whom it is."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from peak_app.db.ids import new_id
from peak_app.domain.accounts.models import Account
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.outflows.models import Outflow
from peak_app.ports.outflows import Behalf, Contact


def count(session: Session, behalf: Behalf, contact: Contact, at: datetime) -> None:
    """Add to what is known of this host, purpose and meeting."""
    where = f"{behalf.owner_id}:{behalf.meeting_id or ''}:{contact.purpose}:{contact.host}"
    added = insert(Outflow).values(
        id=new_id(),
        owner_id=behalf.owner_id,
        meeting_id=behalf.meeting_id,
        key=where,
        host=contact.host,
        purpose=contact.purpose,
        requests=contact.requests,
        sent_bytes=contact.sent_bytes,
        first_at=at,
        last_at=at,
    )
    session.execute(
        added.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "requests": col(Outflow.requests) + added.excluded.requests,
                "sent_bytes": col(Outflow.sent_bytes) + added.excluded.sent_bytes,
                "last_at": added.excluded.last_at,
            },
        )
    )


def list_of_meeting(session: Session, meeting_id: UUID) -> Sequence[Outflow]:
    statement = select(Outflow).where(Outflow.meeting_id == meeting_id).order_by(col(Outflow.host), Outflow.purpose)
    return session.exec(statement).all()


def list_hosts(session: Session, owner_id: UUID) -> list[tuple[str, list[str], int, int, int, datetime, datetime]]:
    """For each host, busiest first: purposes, requests, bytes, meetings, first and last time."""
    rows = session.execute(
        select_columns(
            col(Outflow.host),
            func.array_agg(func.distinct(Outflow.purpose)),
            func.sum(Outflow.requests),
            func.sum(Outflow.sent_bytes),
            func.count(func.distinct(Outflow.meeting_id)),
            func.min(Outflow.first_at),
            func.max(Outflow.last_at),
        )
        .where(col(Outflow.owner_id) == owner_id)
        .group_by(col(Outflow.host))
        .order_by(func.sum(Outflow.requests).desc(), col(Outflow.host))
    ).all()
    return [(row[0], sorted(row[1]), int(row[2]), int(row[3]), row[4], row[5], row[6]) for row in rows]


def list_meetings(session: Session, owner_id: UUID, host: str, limit: int) -> list[tuple[UUID, str]]:
    """Ids and titles of the meetings it was talked to for, newest first."""
    rows = session.execute(
        select(Meeting.id, Meeting.title, func.max(Outflow.last_at))
        .join(Outflow, col(Outflow.meeting_id) == col(Meeting.id))
        .where(col(Outflow.owner_id) == owner_id, col(Outflow.host) == host)
        .group_by(col(Meeting.id), col(Meeting.title))
        .order_by(func.max(Outflow.last_at).desc())
        .limit(limit)
    ).all()
    return [(row[0], row[1]) for row in rows]


def find_account_id(session: Session, email: str) -> UUID | None:
    return session.exec(select(Account.id).where(Account.email == email)).first()

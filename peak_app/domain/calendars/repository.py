"""Queries of calendars. Row-level security narrows them to the transaction's person, or the secret shown."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.models import AgentVersion
from peak_app.domain.calendars.models import CalendarFeed
from peak_app.domain.meetings.models import Meeting


def find_feed(session: Session, user_id: UUID) -> CalendarFeed | None:
    return session.exec(select(CalendarFeed).where(CalendarFeed.owner_id == user_id)).first()


def find_owner(session: Session, token_hash: str) -> UUID | None:
    """Whose feed has this hash."""
    return session.exec(select(CalendarFeed.owner_id).where(CalendarFeed.token_hash == token_hash)).first()


def upsert_feed(session: Session, user_id: UUID, token_hash: str, at: datetime) -> None:
    """The one feed of a person; the secret it had before leads nowhere from now on."""
    values = {"token_hash": token_hash, "created_at": at}
    statement = insert(CalendarFeed).values(owner_id=user_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["owner_id"], set_=values))


def delete_feed(session: Session, user_id: UUID) -> None:
    session.execute(delete(CalendarFeed).where(col(CalendarFeed.owner_id) == user_id))


def get_email(session: Session, user_id: UUID) -> str:
    return session.exec(select(Account.email).where(Account.id == user_id)).one()


def find_planned(session: Session, user_id: UUID, meeting_id: UUID) -> tuple[Meeting, AgentVersion] | None:
    """A meeting of the person's own, with what its agent was."""
    joined = select(Meeting, AgentVersion).join(AgentVersion, col(AgentVersion.id) == Meeting.agent_version_id)
    return session.exec(joined.where(Meeting.id == meeting_id, Meeting.owner_id == user_id)).first()


def list_planned(session: Session, user_id: UUID, since: datetime, limit: int) -> list[tuple[Meeting, AgentVersion]]:
    """The person's meetings that were planned for a time after that, the latest first."""
    rows = session.exec(
        select(Meeting, AgentVersion)
        .join(AgentVersion, col(AgentVersion.id) == Meeting.agent_version_id)
        .where(Meeting.owner_id == user_id, col(Meeting.scheduled_at) >= since)
        .order_by(col(Meeting.scheduled_at).desc(), col(Meeting.id))
        .limit(limit)
    )
    return [(meeting, version) for meeting, version in rows]

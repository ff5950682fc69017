"""Queries of recordings. Row-level security narrows them to what the person of the transaction may see."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select, update

from peak_app.domain.accounts.models import Workspace
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.recordings.models import Recording


def find_recording(session: Session, meeting_id: UUID) -> Recording | None:
    return session.exec(select(Recording).where(Recording.meeting_id == meeting_id)).first()


def upsert_recording(session: Session, *, owner_id: UUID, meeting_id: UUID, values: Mapping[str, Any]) -> None:
    """Write the one row of a meeting; what was there before is replaced whole."""
    statement = insert(Recording).values(meeting_id=meeting_id, owner_id=owner_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["meeting_id"], set_=dict(values)))


def list_expired(session: Session, owner_id: UUID, at: datetime) -> Sequence[Recording]:
    return session.exec(select(Recording).where(Recording.owner_id == owner_id, col(Recording.expires_at) <= at)).all()


def find_retention_days(session: Session, workspace_id: UUID) -> int | None:
    """What the workspace has chosen; None when it has not, or is not this person's to see."""
    return session.exec(select(Workspace.retention_days).where(Workspace.id == workspace_id)).first()


def set_retention_days(session: Session, workspace_id: UUID, days: int | None) -> bool:
    """Whether this person may: the policies let owners of the workspace change it, and nobody else."""
    statement = update(Workspace).where(col(Workspace.id) == workspace_id).values(retention_days=days)
    return session.execute(statement.returning(col(Workspace.id))).first() is not None


def set_expiry(session: Session, workspace_id: UUID, days: int) -> None:
    """Let the person's recordings of a workspace end so many days after they were made."""
    of_workspace = select(Meeting.id).where(Meeting.workspace_id == workspace_id)
    expires_at = col(Recording.created_at) + timedelta(days=days)
    session.execute(
        update(Recording)
        .where(col(Recording.meeting_id).in_(of_workspace), col(Recording.expires_at).is_distinct_from(expires_at))
        .values(expires_at=expires_at)
        .execution_options(synchronize_session=False)
    )

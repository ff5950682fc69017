"""Queries of recordings. Row-level security narrows them to what the person of the transaction may see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from peak_app.domain.recordings.models import Recording


def find_recording(session: Session, meeting_id: UUID) -> Recording | None:
    return session.exec(select(Recording).where(Recording.meeting_id == meeting_id)).first()


def upsert_recording(session: Session, *, owner_id: UUID, meeting_id: UUID, values: Mapping[str, Any]) -> None:
    """Write the one row of a meeting; what was there before is replaced whole."""
    statement = insert(Recording).values(meeting_id=meeting_id, owner_id=owner_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["meeting_id"], set_=dict(values)))


def list_expired(session: Session, owner_id: UUID, at: datetime) -> Sequence[Recording]:
    return session.exec(select(Recording).where(Recording.owner_id == owner_id, col(Recording.expires_at) <= at)).all()

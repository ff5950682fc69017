"""Who did what to which thing, written in the transaction that does it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from peak_app.db.models import AuditEntry


def record(session: Session, user_id: UUID, action: str, subject_id: UUID, at: datetime) -> None:
    """Note an action, past tense, with the id of the thing; entries are never changed."""
    session.add(AuditEntry(owner_id=user_id, action=action, subject_id=str(subject_id), at=at))

"""Queries of calls held at a room service. Callers open the transaction and say for whom it is."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select, update

from peak_app.domain.rooms.models import FileState, KeptCall, KeptFile


def note_opening(session: Session, owner_id: UUID, meeting_id: UUID, *, at: datetime, due_at: datetime) -> None:
    """The service is about to hear of the meeting, for the first time or again."""
    values = {"meeting_id": meeting_id, "owner_id": owner_id, "opened_at": at, "attempts": 0, "due_at": due_at}
    again = {"attempts": 0, "due_at": due_at, "ended_at": None, "closed_at": None}
    session.execute(
        insert(KeptCall)
        .values(session_id="", **values)
        .on_conflict_do_update(index_elements=["meeting_id"], set_=again)
    )


def find_call(session: Session, meeting_id: UUID, *, is_locked: bool = False) -> KeptCall | None:
    statement = select(KeptCall).where(KeptCall.meeting_id == meeting_id)
    return session.exec(statement.with_for_update() if is_locked else statement).first()


def find_owner(session: Session, meeting_id: UUID) -> UUID | None:
    return session.exec(select(KeptCall.owner_id).where(KeptCall.meeting_id == meeting_id)).first()


def list_due(session: Session, at: datetime, limit: int) -> Sequence[KeptCall]:
    due = select(KeptCall).where(col(KeptCall.due_at) <= at).order_by(col(KeptCall.due_at))
    return session.exec(due.limit(limit)).all()


def claim(session: Session, meeting_id: UUID, due_at: datetime, until: datetime) -> bool:
    """Take it for oneself for so long; False when someone else has."""
    claimed = session.execute(
        update(KeptCall)
        .where(col(KeptCall.meeting_id) == meeting_id, col(KeptCall.due_at) == due_at)
        .values(due_at=until)
        .returning(col(KeptCall.meeting_id))
    )
    return claimed.first() is not None


def list_files(session: Session, meeting_id: UUID) -> Sequence[KeptFile]:
    return session.exec(
        select(KeptFile).where(KeptFile.meeting_id == meeting_id).order_by(col(KeptFile.changed_at))
    ).all()


def note_file(session: Session, file: KeptFile) -> None:
    """Write down how a file stands. One that is kept stays kept."""
    values = file.model_dump()
    changed = {name: values[name] for name in ("state", "reason", "media_key", "size_bytes", "sha256", "changed_at")}
    session.execute(
        insert(KeptFile)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["meeting_id", "kind", "session_id", "filename"],
            set_=changed,
            where=col(KeptFile.state) != FileState.KEPT,
        )
    )

"""Queries of passkeys. Callers open the transaction and say for whom it is."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, func, select, update

from peak_app.domain.passkeys.models import Passkey


def find_passkey(session: Session, key_hash: str) -> Passkey | None:
    return session.exec(select(Passkey).where(Passkey.key_hash == key_hash)).first()


def list_passkeys(session: Session, user_id: UUID) -> list[Passkey]:
    """In the order they were added."""
    statement = select(Passkey).where(Passkey.owner_id == user_id).order_by(col(Passkey.created_at), col(Passkey.id))
    return list(session.exec(statement).all())


def count_passkeys(session: Session, user_id: UUID) -> int:
    return session.exec(select(func.count()).select_from(Passkey).where(Passkey.owner_id == user_id)).one()


def note_use(session: Session, passkey_id: UUID, use_count: int, at: datetime) -> bool:
    """Keep the device's count; False when it did not go on, however many uses come at once.

    Source: Web Authentication, 7.2: a count that is zero on both sides is none.
    """
    goes_on = col(Passkey.use_count) < use_count if use_count else col(Passkey.use_count) == 0
    statement = (
        update(Passkey)
        .where(col(Passkey.id) == passkey_id, goes_on)
        .values(use_count=use_count, last_used_at=at)
        .returning(col(Passkey.id))
    )
    return session.execute(statement).first() is not None


def delete_passkey(session: Session, user_id: UUID, passkey_id: UUID) -> str | None:
    """The name of what was deleted; None when there was none of this person's."""
    statement = (
        delete(Passkey)
        .where(col(Passkey.id) == passkey_id, col(Passkey.owner_id) == user_id)
        .returning(col(Passkey.name))
    )
    return session.execute(statement).scalar_one_or_none()

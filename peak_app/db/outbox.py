"""Side effects that leave with the transaction that causes them."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, insert

from peak_app.db.models import OutboxEvent

MEETING_ENDED = "meeting_ended"
"""A call is over: results are to be made. One per attempt, the first at hang-up, further ones by "Try again"."""
MEETING_DELETED = "meeting_deleted"
"""A meeting's rows are gone: its files, and what the pipeline knows of it, are to go too."""


def publish(
    session: Session, kind: str, *, owner_id: UUID, meeting_id: UUID | None, payload: dict[str, Any] | None = None
) -> None:
    """Write the event into the caller's transaction.

    Events of a meeting go with it; one that must outlive it has `meeting_id` None.
    """
    statement = (
        insert(OutboxEvent).inline().values(kind=kind, owner_id=owner_id, meeting_id=meeting_id, payload=payload or {})
    )
    session.execute(statement)

"""Booking the minutes of a call, within the transaction of whoever does it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from peak_app.db.ids import new_id
from peak_app.domain.billing.models import UsageEntry
from peak_app.domain.meetings.models import Meeting


@dataclass(frozen=True, slots=True)
class Booking:
    seconds: int
    is_new: bool
    """Whether it was not in the ledger yet."""


def book(session: Session, meeting: Meeting, at: datetime) -> Booking:
    """Write the call's connected time into the ledger, once, whoever does it how often."""
    seconds = round(meeting.connected_ms / 1000)
    # The key makes a second run of the pipeline step harmless.
    booked = session.execute(
        insert(UsageEntry)
        .values(
            id=new_id(),
            owner_id=meeting.owner_id,
            meeting_id=meeting.id,
            key=f"meeting:{meeting.id}",
            seconds=seconds,
            occurred_at=meeting.ended_at or at,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(col(UsageEntry.id))
    ).first()
    return Booking(seconds, booked is not None)

"""Booking the minutes of a call, within the transaction of whoever does it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from peak_app.db.ids import new_id
from peak_app.domain.billing import repository
from peak_app.domain.billing.models import UsageEntry, UsageReport
from peak_app.domain.meetings.models import Meeting


@dataclass(frozen=True, slots=True)
class Booking:
    seconds: int
    is_new: bool
    """Whether it was not in the ledger yet."""


def book(session: Session, meeting: Meeting, at: datetime) -> Booking:
    """Write the call's connected time into the ledger, once, whoever does it how often.

    With it goes the report for the payment provider, where this person went to one.
    """
    seconds = round(meeting.connected_ms / 1000)
    key, occurred_at = f"meeting:{meeting.id}", meeting.ended_at or at
    # The key makes a second run of the pipeline step harmless.
    booked = session.execute(
        insert(UsageEntry)
        .values(
            id=new_id(),
            owner_id=meeting.owner_id,
            meeting_id=meeting.id,
            key=key,
            seconds=seconds,
            occurred_at=occurred_at,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(col(UsageEntry.id))
    ).first()
    known = repository.find_subscription(session, meeting.owner_id) if booked and seconds else None
    if known is not None:
        session.add(
            UsageReport(
                key=key,
                owner_id=meeting.owner_id,
                provider=known.provider,
                seconds=seconds,
                occurred_at=occurred_at,
                due_at=at,
            )
        )
    return Booking(seconds, booked is not None)

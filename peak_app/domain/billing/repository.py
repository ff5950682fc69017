"""Queries over the ledger and over what is known of subscriptions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select, update

from peak_app.domain.billing.models import Subscription, SubscriptionEnding, UsageEntry, WebhookDelivery
from peak_app.domain.meetings.models import CallLease, Meeting


def sum_booked(session: Session, user_id: UUID, start: datetime, end: datetime) -> timedelta:
    """What is in the ledger for the time from `start` to before `end`."""
    booked = session.exec(
        select(func.coalesce(func.sum(UsageEntry.seconds), 0)).where(
            UsageEntry.owner_id == user_id,
            col(UsageEntry.occurred_at) >= start,
            col(UsageEntry.occurred_at) < end,
        )
    ).one()
    return timedelta(seconds=booked)


def sum_unbooked(session: Session, user_id: UUID, start: datetime) -> timedelta:
    """Calls that have ended since and are not in the ledger yet."""
    unbooked_ms = session.exec(
        select(func.coalesce(func.sum(Meeting.connected_ms), 0)).where(
            Meeting.owner_id == user_id,
            col(Meeting.ended_at) >= start,
            ~select(UsageEntry.id).where(col(UsageEntry.meeting_id) == col(Meeting.id)).exists(),
        )
    ).one()
    return timedelta(milliseconds=unbooked_ms)


def list_leases(session: Session, user_id: UUID) -> Sequence[CallLease]:
    """Of the calls this person holds now."""
    return session.exec(select(CallLease).where(CallLease.owner_id == user_id)).all()


def list_usage(session: Session, user_id: UUID, since: datetime, limit: int) -> Sequence[tuple[UsageEntry, str]]:
    """Newest entries with the title of their meeting, empty when it was deleted."""
    rows = session.exec(
        select(UsageEntry, Meeting.title)
        .join(Meeting, col(Meeting.id) == col(UsageEntry.meeting_id), isouter=True)
        .where(UsageEntry.owner_id == user_id, col(UsageEntry.occurred_at) >= since)
        .order_by(col(UsageEntry.occurred_at).desc())
        .limit(limit)
    ).all()
    return [(entry, title or "") for entry, title in rows]


def find_subscription(session: Session, user_id: UUID, *, is_locked: bool = False) -> Subscription | None:
    query = select(Subscription).where(Subscription.owner_id == user_id)
    return session.exec(query.with_for_update() if is_locked else query).first()


def ask_again(session: Session, user_id: UUID, provider: str, at: datetime) -> None:
    """The state of this person is to be asked for, now; whoever asks for the first time gets a row."""
    row = insert(Subscription).values(owner_id=user_id, provider=provider, asked_at=at, due_at=at)
    session.execute(row.on_conflict_do_update(index_elements=["owner_id"], set_={"asked_at": at, "due_at": at}))


def end_again(session: Session, user_id: UUID, at: datetime) -> None:
    """Something happened to someone who left: what they pay for is to be ended, now."""
    session.exec(update(SubscriptionEnding).where(col(SubscriptionEnding.owner_id) == user_id).values(due_at=at))


def list_due(session: Session, at: datetime, limit: int) -> Sequence[UUID]:
    """Whose state is to be asked for, longest due first."""
    return session.exec(
        select(Subscription.owner_id)
        .where(col(Subscription.due_at) <= at)
        .order_by(col(Subscription.due_at))
        .limit(limit)
    ).all()


def add_delivery(session: Session, provider: str, event_id: str, kind: str, at: datetime) -> bool:
    """Keep that a webhook came. False: it is known already."""
    # The provider repeats a webhook until it is answered; its id stays the same. The web role may not read them back.
    added = session.connection().execute(
        insert(WebhookDelivery)
        .inline()
        .values(provider=provider, event_id=event_id, payload={"type": kind}, received_at=at, processed_at=at)
        .on_conflict_do_nothing()
        .execution_options(preserve_rowcount=True)
    )
    return added.rowcount == 1

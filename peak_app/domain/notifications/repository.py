"""Queries of notifications, choices and planned times. Row-level security narrows them to the transaction's person.

Only `list_due` is for the worker role without a tenant: it reads ids and times.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select, update

from peak_app.db.ids import new_id
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.notifications.choices import DEFAULTS, Choice
from peak_app.domain.notifications.models import Kind, Notification, NotificationChoice, PlannedTime


def add_notification(session: Session, notification: Notification) -> bool:
    """False: it was told before."""
    values = notification.model_dump() | {"id": new_id()}
    statement = insert(Notification).values(values)
    added = session.execute(
        statement.on_conflict_do_nothing(index_elements=["meeting_id", "kind", "about"]).returning(Notification.id)  # pyright: ignore[reportArgumentType, reportCallIssue]
    )
    return added.first() is not None


def list_newest(session: Session, user_id: UUID, limit: int) -> list[tuple[Notification, Meeting]]:
    """What is listed in the app, newest first, with the meetings it is about."""
    rows = session.exec(
        select(Notification, Meeting)
        .join(Meeting, col(Meeting.id) == Notification.meeting_id)
        .where(Notification.owner_id == user_id, col(Notification.is_shown).is_(True))
        .order_by(col(Notification.created_at).desc(), col(Notification.id).desc())
        .limit(limit)
    )
    return [(notification, meeting) for notification, meeting in rows]


def count_unread(session: Session, user_id: UUID) -> int:
    return session.exec(
        select(func.count())
        .select_from(Notification)
        .where(
            Notification.owner_id == user_id,
            col(Notification.is_shown).is_(True),
            col(Notification.read_at).is_(None),
        )
    ).one()


def mark_read(session: Session, user_id: UUID, notification_ids: Collection[UUID] | None, at: datetime) -> None:
    """These of the person's, or (None) all; what was read before stays so."""
    unread = update(Notification).where(col(Notification.owner_id) == user_id, col(Notification.read_at).is_(None))
    if notification_ids is not None:
        unread = unread.where(col(Notification.id).in_(notification_ids))
    session.execute(unread.values(read_at=at))


def get_choice(session: Session, user_id: UUID, kind: Kind) -> Choice:
    """What the person chose, or what counts for whoever has chosen nothing."""
    row = session.exec(
        select(NotificationChoice).where(NotificationChoice.owner_id == user_id, NotificationChoice.kind == kind)
    ).first()
    return Choice(row.in_app, row.by_mail, tuple(row.leads)) if row else DEFAULTS[kind]


def upsert_choice(session: Session, user_id: UUID, kind: Kind, choice: Choice) -> None:
    chosen = {"in_app": choice.in_app, "by_mail": choice.by_mail, "leads": list(choice.leads)}
    statement = insert(NotificationChoice).values(owner_id=user_id, kind=kind, **chosen)
    session.execute(statement.on_conflict_do_update(index_elements=["owner_id", "kind"], set_=chosen))


def upsert_planned(session: Session, planned: PlannedTime) -> None:
    """The one time of a meeting; another one replaces it."""
    values = planned.model_dump()
    statement = insert(PlannedTime).values(values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["meeting_id"], set_={key: values[key] for key in ("starts_at", "planned_at", "remind_at")}
        )
    )


def delete_planned(session: Session, meeting_id: UUID) -> None:
    session.execute(delete(PlannedTime).where(col(PlannedTime.meeting_id) == meeting_id))


def list_planned(session: Session, user_id: UUID, after: datetime) -> Sequence[PlannedTime]:
    """Of the person, all that are still to come; held until the transaction ends."""
    return session.exec(
        select(PlannedTime)
        .where(PlannedTime.owner_id == user_id, col(PlannedTime.starts_at) > after)
        .order_by(col(PlannedTime.meeting_id))
        .with_for_update()
    ).all()


def list_due(session: Session, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Owner and meeting of reminders that are due, the oldest first, of everyone."""
    rows = session.exec(
        select(PlannedTime.owner_id, PlannedTime.meeting_id)
        .where(col(PlannedTime.remind_at) <= now)
        .order_by(col(PlannedTime.remind_at))
        .limit(limit)
    )
    return [(owner_id, meeting_id) for owner_id, meeting_id in rows]


def find_due(session: Session, meeting_id: UUID, now: datetime) -> PlannedTime | None:
    """A planned time whose reminder is due, held until the transaction ends; None: none is, or someone has it."""
    return session.exec(
        select(PlannedTime)
        .where(PlannedTime.meeting_id == meeting_id, col(PlannedTime.remind_at) <= now)
        .with_for_update(skip_locked=True)
    ).first()


def hold_meeting(session: Session, meeting_id: UUID) -> Meeting | None:
    """The meeting, which nobody moves or cancels until the transaction ends."""
    return session.exec(select(Meeting).where(Meeting.id == meeting_id).with_for_update(read=True)).first()

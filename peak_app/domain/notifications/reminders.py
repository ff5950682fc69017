"""Keeping in step with plans when to remind: in the transaction that makes or changes one."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from peak_app.domain.notifications import repository
from peak_app.domain.notifications.choices import next_reminder
from peak_app.domain.notifications.models import Kind, PlannedTime


def plan(session: Session, owner_id: UUID, meeting_id: UUID, starts_at: datetime, now: datetime) -> None:
    """The meeting has this time from now on."""
    leads = repository.get_choice(session, owner_id, Kind.REMINDER).wanted_leads
    repository.upsert_planned(
        session,
        PlannedTime(
            meeting_id=meeting_id,
            owner_id=owner_id,
            starts_at=starts_at,
            planned_at=now,
            remind_at=next_reminder(starts_at, leads, now),
        ),
    )


def unplan(session: Session, meeting_id: UUID) -> None:
    """Nobody is reminded of it any more."""
    repository.delete_planned(session, meeting_id)


def plan_anew(session: Session, user_id: UUID, now: datetime) -> None:
    """The person wants to be reminded at other times."""
    leads = repository.get_choice(session, user_id, Kind.REMINDER).wanted_leads
    for planned in repository.list_planned(session, user_id, now):
        planned.remind_at = next_reminder(planned.starts_at, leads, now)

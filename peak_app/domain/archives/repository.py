"""Reading everything of a person, a few rows at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal_column, select, tuple_
from sqlmodel import Session, col
from sqlmodel import select as select_models

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.belongings import Belonging, open_everything
from peak_app.domain.meetings.models import Meeting

PAGE_ROWS = 25
"""A row may hold a whole transcript, or a file."""


@dataclass(frozen=True, slots=True)
class MeetingEntry:
    """A meeting in the list of the archive."""

    meeting_id: UUID
    title: str
    status: str
    held_at: datetime


def each_row(sessions: TenantSessions, user_id: UUID, email: str, belonging: Belonging) -> Iterator[dict[str, Any]]:
    """Every row of a table, without its secrets, as the database writes it in JSON.

    Each page is a transaction of its own: whoever reads slowly holds up nobody.
    """
    table = belonging.table
    keys = list(table.primary_key.columns)
    rows = (
        select(*keys, func.to_jsonb(literal_column(f'"{table.name}"')))
        .where(belonging.of(user_id, email))
        .order_by(*keys)
        .limit(PAGE_ROWS)
    )
    last: tuple[Any, ...] | None = None
    shown = belonging.shown_columns
    while True:
        page = rows if last is None else rows.where(tuple_(*keys) > tuple_(*last))
        with sessions.for_user(user_id) as session:
            open_everything(session, email)
            found = [tuple(row) for row in session.execute(page)]
        for row in found:
            yield {column: row[-1].get(column) for column in shown}
        if len(found) < PAGE_ROWS:
            return
        last = found[-1][:-1]


def list_meetings(session: Session, user_id: UUID) -> list[MeetingEntry]:
    """All meetings of one's own, newest first."""
    held_at = func.coalesce(Meeting.started_at, Meeting.scheduled_at, Meeting.created_at)
    rows = session.exec(
        select_models(Meeting.id, Meeting.title, Meeting.status, held_at)
        .where(Meeting.owner_id == user_id)
        .order_by(held_at.desc(), col(Meeting.id))
    ).all()
    return [MeetingEntry(*row) for row in rows]

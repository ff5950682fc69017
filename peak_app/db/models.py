"""Tables of the plumbing: side effects to come, mail, and who did what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, json_field, optional_time_field, owner_field, time_field


class OutboxEvent(SQLModel, table=True):
    """A side effect that must happen because a transaction committed. Ids are given before commit: gaps fill late."""

    __tablename__ = "outbox_event"  # pyright: ignore[reportAssignmentType]
    # Sensors ask several times a second what is still to be done; nearly all is done.
    __table_args__ = (Index("ix_outbox_event_open", "id", postgresql_where=text("done_at IS NULL")),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    kind: str = Field(max_length=40)
    owner_id: UUID = owner_field()
    meeting_id: UUID | None = Field(default=None, foreign_key="meeting.id", ondelete="CASCADE", index=True)
    payload: dict[str, Any] = json_field()
    attempts: int = 0
    created_at: datetime = time_field()
    done_at: datetime | None = optional_time_field()


class Mail(SQLModel, table=True):
    """A mail to send, or (without a mail server) to show in the local inbox."""

    id: UUID = id_field()
    to_email: str = Field(max_length=254)
    subject: str = Field(max_length=200)
    text: str
    link: str = Field(default="", max_length=500)
    attempts: int = 0
    created_at: datetime = time_field()
    sent_at: datetime | None = optional_time_field()
    is_last: bool = False
    """To someone whose account is gone: nothing of it is kept once it was sent, or given up."""


class AuditEntry(SQLModel, table=True):
    """Who did what to which thing. Append-only; no personal data in it but ids."""

    __tablename__ = "audit_entry"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    action: str = Field(max_length=60)
    subject_id: str = Field(default="", max_length=64)
    at: datetime = time_field()

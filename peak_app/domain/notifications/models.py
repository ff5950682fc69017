"""What people are told, what they want to be told of, and when the next reminder is due."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, meeting_field, meeting_key, optional_time_field, owner_field, time_field


class Kind(StrEnum):
    """What a notification is about."""

    REMINDER = "reminder"
    RESULTS = "results"


class Notification(SQLModel, table=True):
    """Something a person was told about a meeting. Its words are made from the meeting when it is shown.

    Of one meeting and kind there is one for each `about`: that is how nothing is told twice, whoever tries to.
    """

    __table_args__ = (UniqueConstraint("meeting_id", "kind", "about"),)

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    meeting_id: UUID = meeting_field()
    kind: str = Field(max_length=10)
    about: str = Field(max_length=60)
    """Which reminder or results of this meeting: a time and a lead, or an outcome and its time."""
    at: datetime | None = optional_time_field()
    """Of a reminder: when the meeting was to begin."""
    is_good: bool = True
    """Of results: whether they are there."""
    is_shown: bool = True
    """Whether it is listed in the app; one that was only mailed is not."""
    created_at: datetime = time_field()
    read_at: datetime | None = optional_time_field()


class NotificationChoice(SQLModel, table=True):
    """How a person wants to be told of one kind. Without a row, `choices.DEFAULTS` counts."""

    __tablename__ = "notification_choice"  # pyright: ignore[reportAssignmentType]

    owner_id: UUID = Field(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    kind: str = Field(primary_key=True, max_length=10)
    in_app: bool
    by_mail: bool
    leads: list[int] = Field(default_factory=list, sa_type=JSONB)
    """Of reminders: how many minutes before a meeting, each of `choices.LEADS`."""


class PlannedTime(SQLModel, table=True):
    """That a meeting is planned, and when to remind of it next: ids and times only, which the worker role may read."""

    __tablename__ = "planned_time"  # pyright: ignore[reportAssignmentType]

    meeting_id: UUID = meeting_key()
    owner_id: UUID = owner_field()
    starts_at: datetime = time_field()
    planned_at: datetime = time_field()
    """When this time was chosen: nobody is reminded of what they have only just planned."""
    remind_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True), index=True)  # pyright: ignore[reportArgumentType, reportCallIssue]
    """None: no reminder is left."""

"""What the service that hosts rooms holds for a meeting, and what of it has been fetched."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, UniqueConstraint
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, meeting_field, meeting_key, optional_time_field, owner_field, time_field

KEPT_CALL = "kept_call"
"""The table, as receipts of deletions count it."""


class KeptCall(SQLModel, table=True):
    """A call at the service. There is one before the service hears of the meeting, so that none is forgotten."""

    __tablename__ = KEPT_CALL  # pyright: ignore[reportAssignmentType]

    meeting_id: UUID = meeting_key()
    owner_id: UUID = owner_field()
    opened_at: datetime = time_field()
    is_recorded: bool | None = None
    """What the service was told about recording; None: it has not heard of the call yet, or it was ended there."""
    session_id: str = Field(default="", max_length=80)
    """Of the newest stretch of the call that the service told of."""
    session_at: datetime | None = optional_time_field()
    """When that began."""
    ended_at: datetime | None = optional_time_field()
    """When the service said that nobody is in it any more; None: it did not, or somebody came again."""
    closed_at: datetime | None = optional_time_field()
    """When we ended it there."""
    attempts: int = 0
    """In vain, since the service last answered."""
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), index=True))
    """When it is looked after next; None: nothing more is expected of it."""


class FileState(StrEnum):
    WAITING = "waiting"
    KEPT = "kept"
    FAILED = "failed"
    """The service could not make it, or it can't be fetched; `reason` says which."""


class KeptFile(SQLModel, table=True):
    """A recording or transcription that the service made, and where it lies in our own store."""

    __tablename__ = "kept_file"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("meeting_id", "kind", "session_id", "filename"),)

    id: UUID = id_field()
    meeting_id: UUID = meeting_field()
    owner_id: UUID = owner_field()
    kind: str = Field(max_length=20)
    session_id: str = Field(default="", max_length=80)
    filename: str = Field(default="", max_length=200)
    """As the service calls it; empty for what it could not make."""
    state: str = Field(default=FileState.WAITING, max_length=10)
    reason: str = Field(default="", max_length=200)
    media_key: str = Field(default="", max_length=200)
    size_bytes: int = Field(default=0, sa_type=BigInteger)
    sha256: str = Field(default="", max_length=64)
    changed_at: datetime = time_field()

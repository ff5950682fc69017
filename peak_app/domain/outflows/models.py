"""Which hosts the product talked to for a person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, owner_field, time_field


class Outflow(SQLModel, table=True):
    """Requests to one host for one purpose, of one meeting or (None) of none. Goes with the meeting."""

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    meeting_id: UUID | None = Field(default=None, foreign_key="meeting.id", ondelete="CASCADE", index=True)
    key: str = Field(max_length=360, unique=True)
    """Owner, meeting, purpose and host: the same again is counted, not repeated."""
    host: str = Field(max_length=253)
    purpose: str = Field(max_length=20)
    requests: int = 0
    sent_bytes: int = Field(default=0, sa_type=BigInteger)
    """Of bodies and sound; 0 also where nobody can tell."""
    first_at: datetime = time_field()
    last_at: datetime = time_field()

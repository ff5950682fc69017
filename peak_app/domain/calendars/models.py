"""Which address a person's calendar program reads."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from peak_app.db.columns import time_field


class CalendarFeed(SQLModel, table=True):
    """A person's private feed. The secret of its address is kept as a keyed hash only (hex)."""

    __tablename__ = "calendar_feed"  # pyright: ignore[reportAssignmentType]

    owner_id: UUID = Field(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = time_field()

"""The ledger of minutes, and what payment providers told us."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, json_field, optional_time_field, owner_field, time_field


class UsageEntry(SQLModel, table=True):
    """Append-only. `key` makes a repeat harmless. The meeting may be deleted later; what was used stays used."""

    __tablename__ = "usage_entry"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    meeting_id: UUID | None = None
    key: str = Field(max_length=80, unique=True)
    seconds: int
    occurred_at: datetime = time_field(index=True)


class WebhookDelivery(SQLModel, table=True):
    """A webhook as it arrived, kept before anything is read from it."""

    __tablename__ = "webhook_delivery"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    provider: str = Field(max_length=20)
    event_id: str = Field(max_length=120)
    payload: dict[str, Any] = json_field()
    received_at: datetime = time_field()
    processed_at: datetime | None = optional_time_field()

"""The ledger of minutes, subscriptions as last known, and what payment providers told us."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, json_field, optional_time_field, owner_field, time_field
from peak_app.domain.billing.allowance import Standing


class UsageEntry(SQLModel, table=True):
    """Append-only. `key` makes a repeat harmless. The meeting may be deleted later; what was used stays used."""

    __tablename__ = "usage_entry"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    meeting_id: UUID | None = None
    key: str = Field(max_length=80, unique=True)
    seconds: int
    occurred_at: datetime = time_field(index=True)


class Subscription(SQLModel, table=True):
    """What is known of a person's paid plan, and when it is to be asked for again. There is one once they wanted it."""

    owner_id: UUID = Field(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    provider: str = Field(max_length=20)
    """Who said so. What another provider than the present one said counts for nothing."""
    subscription_id: str = Field(default="", max_length=80)
    standing: str = Field(default=Standing.NONE, max_length=10)
    standing_since: datetime | None = optional_time_field()
    period_end: datetime | None = optional_time_field()
    cancels_at_period_end: bool = False
    asked_at: datetime = time_field()
    """When something last happened that is a reason to ask anew: a webhook, a checkout."""
    checked_at: datetime | None = optional_time_field()
    """When the provider last answered."""
    attempts: int = 0
    """In vain, since it last answered."""
    due_at: datetime = time_field(index=True)
    """When it is asked next."""


class UsageReport(SQLModel, table=True):
    """That a payment provider is still to be told of an entry of the ledger; gone once it knows."""

    __tablename__ = "usage_report"  # pyright: ignore[reportAssignmentType]

    key: str = Field(max_length=80, primary_key=True)
    """The ledger's. The provider counts what it gets under one key once, however often it is told."""
    owner_id: UUID = owner_field()
    provider: str = Field(max_length=20)
    """Who is to be told: whoever this person went to."""
    seconds: int
    occurred_at: datetime = time_field()
    attempts: int = 0
    """In vain."""
    due_at: datetime = time_field(index=True)


class SubscriptionEnding(SQLModel, table=True):
    """That someone who left may still be paying, until the provider has said that they are not."""

    __tablename__ = "subscription_ending"  # pyright: ignore[reportAssignmentType]

    owner_id: UUID = Field(primary_key=True)
    """Of nobody any more; the provider knows them by it."""
    receipt_id: UUID
    provider: str = Field(max_length=20)
    """Who is to be asked."""
    attempts: int = 0
    """In vain, since it last answered."""
    created_at: datetime = time_field()
    due_at: datetime = time_field(index=True)


class WebhookDelivery(SQLModel, table=True):
    """That a webhook came, kept before anything is done about it. Of its content the kind only, nothing personal."""

    __tablename__ = "webhook_delivery"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    provider: str = Field(max_length=20)
    event_id: str = Field(max_length=120)
    payload: dict[str, Any] = json_field()
    received_at: datetime = time_field()
    processed_at: datetime | None = optional_time_field()

"""What is kept when someone has left: work to be done, a receipt without a name, and the minutes of the month."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, json_field, optional_time_field, time_field


class PlanOutcome(StrEnum):
    """What a receipt says of the paid plan. NONE: there was none."""

    NONE = ""
    ENDING = "ending"
    ENDED = "ended"


class AccountErasure(SQLModel, table=True):
    """An account whose rows are gone, and what is left to erase. Not tied to the account: that does not exist."""

    __tablename__ = "account_erasure"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    receipt_id: UUID
    owner_id: UUID
    """Of nobody any more; files are found by it."""
    meeting_ids: dict[str, Any] = json_field()
    """`waiting`: meetings whose history is still to be forgotten. Each leaves the list when it is done."""
    email: str = Field(default="", max_length=254)
    """Where the receipt goes. Empty from the moment that mail is written."""
    receipt_link: str = Field(default="", max_length=500)
    """Goes with the address."""
    attempts: int = 0
    created_at: datetime = time_field()
    done_at: datetime | None = optional_time_field()


class AccountReceipt(SQLModel, table=True):
    """That an account was deleted, and how much of it there was: counts and times, nobody's name."""

    __tablename__ = "account_receipt"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    token_hash: str | None = Field(default=None, max_length=64, unique=True)
    """Of the link to it; None once the link has expired."""
    row_counts: dict[str, Any] = json_field()
    file_count: int = 0
    byte_count: int = Field(default=0, sa_type=BigInteger)
    run_count: int = 0
    plan: str = Field(default=PlanOutcome.NONE, max_length=10)
    """What became of the paid plan."""
    asked_at: datetime = time_field()
    done_at: datetime | None = optional_time_field()


class KeptMinutes(SQLModel, table=True):
    """Seconds an address had used when its account was deleted, under a keyed hash, until the month is over."""

    __tablename__ = "kept_minutes"  # pyright: ignore[reportAssignmentType]

    address_hash: str = Field(primary_key=True, max_length=64)
    seconds: int
    until: datetime = time_field(index=True)

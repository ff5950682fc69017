"""Column shapes that many tables share."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from peak_app.db.ids import new_id


def utc_now() -> datetime:
    return datetime.now(UTC)


def id_field() -> Any:
    """Primary key: a time-ordered UUID made by the program."""
    return Field(default_factory=new_id, primary_key=True)


def owner_field() -> Any:
    """The person a row belongs to. Every table with this column must have row-level-security policies."""
    return Field(foreign_key="account.id", index=True, ondelete="CASCADE")


def meeting_key() -> Any:
    """One row per meeting: the meeting's id is the primary key and goes with it."""
    return Field(primary_key=True, foreign_key="meeting.id", ondelete="CASCADE")


def meeting_field() -> Any:
    return Field(foreign_key="meeting.id", index=True, ondelete="CASCADE")


def time_field(*, index: bool = False) -> Any:
    """Now, with time zone."""
    return Field(default_factory=utc_now, sa_type=DateTime(timezone=True), index=index)  # pyright: ignore[reportArgumentType, reportCallIssue]


def optional_time_field() -> Any:
    return Field(default=None, sa_type=DateTime(timezone=True))  # pyright: ignore[reportArgumentType, reportCallIssue]


def json_field() -> Any:
    """A JSON document, empty object by default."""
    return Field(default_factory=dict, sa_type=JSONB)

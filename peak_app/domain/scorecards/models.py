"""Scorecards as they are kept: one row for each input, so that old and new scores can be compared."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, json_field, meeting_field, owner_field, time_field


class Scorecard(SQLModel, table=True):
    """Of a meeting's, the one that counts since last is shown."""

    __table_args__ = (UniqueConstraint("meeting_id", "input_hash"),)

    id: UUID = id_field()
    meeting_id: UUID = meeting_field()
    owner_id: UUID = owner_field()
    rubric: dict[str, Any] = json_field()
    """What was scored by, as `rubric.rubric_to_json` gives it: it may have changed since."""
    content: dict[str, Any] = json_field()
    """A `scorecard.ScorecardContent`, every quote validated."""
    engine: str = Field(default="", max_length=80)
    prompt_version: str = Field(default="", max_length=20)
    input_hash: str = Field(max_length=64)
    created_at: datetime = time_field()
    counts_since: datetime = time_field()
    """Later than `created_at` when another one counted in between."""

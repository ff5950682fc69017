"""What the pipeline adds up over meetings."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from peak_app.db.columns import time_field


class ProgressDay(SQLModel, table=True):
    """A day on which someone practised, in their time zone. Names no meeting; counted anew when one of them goes."""

    __tablename__ = "progress_day"  # pyright: ignore[reportAssignmentType]

    owner_id: UUID = Field(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    day: date = Field(primary_key=True)
    meetings: int
    practice_ms: int = Field(sa_type=BigInteger)
    mean_score: float | None = None
    words_per_minute: float | None = None
    fillers_per_minute: float | None = None
    counted_at: datetime = time_field()

"""The finished recording of a meeting."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from peak_app.db.columns import meeting_key, optional_time_field, owner_field, time_field


class Recording(SQLModel, table=True):
    """One playable file in the media store: both voices (mixed, and each alone), and the camera if it was on."""

    meeting_id: UUID = meeting_key()
    owner_id: UUID = owner_field()
    media_key: str = Field(max_length=200)
    media_type: str = Field(max_length=60)
    size_bytes: int
    duration_ms: int
    has_video: bool = False
    sha256: str = Field(max_length=64)
    input_hash: str = Field(default="", max_length=64)
    created_at: datetime = time_field()
    expires_at: datetime | None = optional_time_field()

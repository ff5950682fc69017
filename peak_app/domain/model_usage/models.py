"""The ledger of what models took."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Numeric
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, owner_field, time_field


class ModelUsage(SQLModel, table=True):
    """One request to a model: ids and counts, never a word. Append-only; `key` makes a repeat harmless.

    The meeting may be deleted later; what was used stays used. What the pipeline asks for is not here: its results say
    themselves what they took (`insights.models.Making`).
    """

    __tablename__ = "model_usage"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    meeting_id: UUID | None = Field(default=None, index=True)
    """None: of a question about all meetings."""
    key: str = Field(max_length=160, unique=True)
    kind: str = Field(max_length=20)
    """`ports.usage.UseKind`."""
    source_id: str = Field(max_length=64)
    """What the service calls it, to find it again on a bill."""
    model: str = Field(max_length=80)
    status: str = Field(max_length=12)
    is_counted: bool
    """Whether the service said what it took."""
    text_input: int = 0
    audio_input: int = 0
    image_input: int = 0
    cached_text: int = 0
    cached_audio: int = 0
    text_output: int = 0
    audio_output: int = 0
    seconds: float | None = None
    cost_usd: Decimal | None = Field(default=None, sa_type=Numeric(14, 8))  # pyright: ignore[reportArgumentType, reportCallIssue]
    """At the prices of that day; None: the settings do not say."""
    at: datetime = time_field(index=True)

"""What the pipeline makes of a meeting. One row per meeting and kind, replaced whole by a re-run."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import Vector
from sqlalchemy import Column, Computed, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, json_field, meeting_field, meeting_key, owner_field, time_field
from peak_app.ports.language import EMBEDDING_DIMENSIONS


class Transcript(SQLModel, table=True):
    """`lines` is a list of `domain.insights.lines.Line` as JSON."""

    meeting_id: UUID = meeting_key()
    owner_id: UUID = owner_field()
    lines: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    word_count: int = 0
    engine: str = Field(default="", max_length=80)
    input_hash: str = Field(default="", max_length=64)
    created_at: datetime = time_field()


class Correction(SQLModel, table=True):
    """What the owner says was really said in one line; the journal stays as it is."""

    meeting_id: UUID = meeting_key()
    line_id: str = Field(primary_key=True, max_length=12)
    owner_id: UUID = owner_field()
    original_text: str
    """The line when it was corrected: a line that has become another one since is left alone."""
    text: str
    """The same as `original_text` when a correction was taken back."""
    corrected_at: datetime = time_field()


class Summary(SQLModel, table=True):
    """`content` is a `ports.language.MeetingSummary`, citations validated."""

    meeting_id: UUID = meeting_key()
    owner_id: UUID = owner_field()
    content: dict[str, Any] = json_field()
    engine: str = Field(default="", max_length=80)
    prompt_version: str = Field(default="", max_length=20)
    input_hash: str = Field(default="", max_length=64)
    created_at: datetime = time_field()


class Insight(SQLModel, table=True):
    """How the candidate spoke. `content` is a `domain.insights.delivery.Delivery`."""

    meeting_id: UUID = meeting_key()
    owner_id: UUID = owner_field()
    content: dict[str, Any] = json_field()
    engine: str = Field(default="", max_length=80)
    input_hash: str = Field(default="", max_length=64)
    created_at: datetime = time_field()


class SearchChunk(SQLModel, table=True):
    """One line of a transcript with what search needs: an embedding and its words."""

    __tablename__ = "search_chunk"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("meeting_id", "line_id"),
        Index("ix_search_chunk_words", "words", postgresql_using="gin"),
    )

    id: UUID = id_field()
    meeting_id: UUID = meeting_field()
    owner_id: UUID = owner_field()
    line_id: str = Field(max_length=12)
    text: str
    embedding: list[float] = Field(sa_column=Column(Vector(EMBEDDING_DIMENSIONS), nullable=False))
    words: str | None = Field(
        default=None, sa_column=Column(TSVECTOR, Computed("to_tsvector('english', text)", persisted=True))
    )


class ChatMessage(SQLModel, table=True):
    """A question about a meeting, or its answer. `citations` is a list of {line_id, quote}."""

    __tablename__ = "chat_message"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    meeting_id: UUID = meeting_field()
    owner_id: UUID = owner_field()
    role: str = Field(max_length=10)
    text: str
    citations: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    is_found: bool = True
    engine: str = Field(default="", max_length=80)
    created_at: datetime = time_field()


class PipelineStep(SQLModel, table=True):
    """The last outcome of one asset for one meeting: what the page shows as lineage and offers to try again."""

    __tablename__ = "pipeline_step"  # pyright: ignore[reportAssignmentType]

    meeting_id: UUID = meeting_key()
    name: str = Field(primary_key=True, max_length=40)
    owner_id: UUID = owner_field()
    status: str = Field(max_length=10)
    """done or failed."""
    reason: str = Field(default="", max_length=300)
    """Of a failure: a sentence for the person."""
    facts: dict[str, Any] = json_field()
    """Counts, durations, engine and versions. Never words of the meeting."""
    run_id: str = Field(default="", max_length=64)
    duration_ms: int = 0
    finished_at: datetime = time_field()

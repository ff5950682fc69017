"""What the pipeline makes of a meeting, what its owner corrects in it, and what is asked about it.

A result is one row per meeting, replaced whole by a re-run; so are the rows of the search index, all at once.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import BIT, HALFVEC
from sqlalchemy import Column, Computed, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, json_field, meeting_key, owner_field, time_field
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
    """The same as `original_text` when a correction was taken back, or what was heard was confirmed."""
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
    """A line of a transcript, or a piece of a long one, with what search needs: an embedding and its words.

    `code` has one bit for the sign of each dimension. All codes of a person lie side by side in an index of their own
    (`ix_search_chunk_code`), where the nearest few hundred of a hundred thousand are found in milliseconds; only those
    are compared exactly. No index for words: under row-level security PostgreSQL uses none for `@@`, which is not
    leakproof. `SearchStretch` does its work.
    """

    __tablename__ = "search_chunk"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("meeting_id", "place"),
        Index("ix_search_chunk_stretch", "meeting_id", "stretch"),
        # Every column a policy or the search reads, so that the table itself is left alone.
        Index("ix_search_chunk_code", "owner_id", postgresql_include=["meeting_id", "id", "code"]),
    )

    id: UUID = id_field()
    meeting_id: UUID = Field(foreign_key="meeting.id", ondelete="CASCADE")
    owner_id: UUID = Field(foreign_key="account.id", ondelete="CASCADE")
    line_id: str = Field(max_length=12)
    place: int
    """Counts the chunks of a meeting, from 0."""
    stretch: int
    text: str
    embedding: list[float] = Field(sa_column=Column(HALFVEC(EMBEDDING_DIMENSIONS), nullable=False))
    code: str | None = Field(
        default=None,
        sa_column=Column(
            BIT(EMBEDDING_DIMENSIONS),
            Computed(f"(binary_quantize(embedding))::bit({EMBEDDING_DIMENSIONS})", persisted=True),
        ),
    )
    words: str | None = Field(
        default=None, sa_column=Column(TSVECTOR, Computed("to_tsvector('english', text)", persisted=True))
    )


class SearchStretch(SQLModel, table=True):
    """Which words occur in some hundred chunks of a meeting that follow each other.

    Search looks here first: a person's thousand meetings are a thousand rows, and only the best have their lines read.
    """

    __tablename__ = "search_stretch"  # pyright: ignore[reportAssignmentType]

    meeting_id: UUID = meeting_key()
    stretch: int = Field(primary_key=True)
    owner_id: UUID = owner_field()
    words: str = Field(sa_column=Column(TSVECTOR, nullable=False))


class ChatMessage(SQLModel, table=True):
    """A question, or its answer: about one meeting, or (`meeting_id` is None) about all of a person's own.

    `claims` is a list of `domain.insights.answers.AnswerClaim`; empty for a question, and when nothing was found.
    """

    __tablename__ = "chat_message"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    meeting_id: UUID | None = Field(default=None, foreign_key="meeting.id", index=True, ondelete="CASCADE")
    owner_id: UUID = owner_field()
    role: str = Field(max_length=10)
    text: str
    claims: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
    question_id: UUID | None = Field(default=None, foreign_key="chat_message.id", index=True, ondelete="CASCADE")
    """Of an answer: what it answers, and goes with."""
    is_found: bool = True
    engine: str = Field(default="", max_length=80)
    created_at: datetime = time_field()


class Making(SQLModel, table=True):
    """How a result came about: which run made it of that input. A run that finds nothing to do, or fails, adds none."""

    meeting_id: UUID = meeting_key()
    name: str = Field(primary_key=True, max_length=40)
    """The asset."""
    input_hash: str = Field(primary_key=True, max_length=64)
    owner_id: UUID = owner_field()
    run_id: str = Field(default="", max_length=64)
    took_ms: int | None = None
    facts: dict[str, Any] = json_field()
    """As the step noted them then: counts, engine and versions. Never words of the meeting."""
    made_at: datetime = time_field()


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

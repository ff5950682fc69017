"""Queries of results. Row-level security narrows them to what the person of the transaction may see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from peak_app.db.ids import new_id
from peak_app.domain.insights.lines import Line
from peak_app.domain.insights.models import (
    ChatMessage,
    Correction,
    Insight,
    PipelineStep,
    SearchChunk,
    Summary,
    Transcript,
)
from peak_app.domain.insights.steps import StepOutcome


def find_transcript(session: Session, meeting_id: UUID) -> Transcript | None:
    return session.exec(select(Transcript).where(Transcript.meeting_id == meeting_id)).first()


def list_corrections(session: Session, meeting_id: UUID) -> Sequence[Correction]:
    return session.exec(select(Correction).where(Correction.meeting_id == meeting_id)).all()


def find_corrected_at(session: Session, meeting_id: UUID) -> datetime | None:
    """When a line of the meeting was corrected last."""
    return session.exec(select(func.max(Correction.corrected_at)).where(Correction.meeting_id == meeting_id)).first()


def upsert_correction(
    session: Session, *, owner_id: UUID, meeting_id: UUID, line_id: str, values: Mapping[str, Any]
) -> None:
    """Correct a line; an earlier correction of it is replaced."""
    statement = insert(Correction).values(meeting_id=meeting_id, line_id=line_id, owner_id=owner_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["meeting_id", "line_id"], set_=dict(values)))


def find_summary(session: Session, meeting_id: UUID) -> Summary | None:
    return session.exec(select(Summary).where(Summary.meeting_id == meeting_id)).first()


def find_insight(session: Session, meeting_id: UUID) -> Insight | None:
    return session.exec(select(Insight).where(Insight.meeting_id == meeting_id)).first()


def find_step(session: Session, meeting_id: UUID, name: str) -> PipelineStep | None:
    return session.exec(
        select(PipelineStep).where(PipelineStep.meeting_id == meeting_id, PipelineStep.name == name)
    ).first()


def upsert_result(
    session: Session,
    table: type[Transcript] | type[Summary] | type[Insight],
    *,
    owner_id: UUID,
    meeting_id: UUID,
    values: Mapping[str, Any],
) -> None:
    """Write the one row of a meeting; what was there before is replaced whole."""
    statement = insert(table).values(meeting_id=meeting_id, owner_id=owner_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["meeting_id"], set_=dict(values)))


def count_chunks(session: Session, meeting_id: UUID) -> int:
    return session.exec(select(func.count()).select_from(SearchChunk).where(SearchChunk.meeting_id == meeting_id)).one()


def replace_chunks(
    session: Session, *, owner_id: UUID, meeting_id: UUID, lines: Sequence[Line], vectors: Sequence[Sequence[float]]
) -> None:
    """The search index of a meeting, one chunk for each line with its vector."""
    session.execute(delete(SearchChunk).where(col(SearchChunk.meeting_id) == meeting_id))
    if lines:
        rows = [
            {
                "id": new_id(),
                "meeting_id": meeting_id,
                "owner_id": owner_id,
                "line_id": line.id,
                "text": line.text,
                "embedding": list(vector),
            }
            for line, vector in zip(lines, vectors, strict=True)
        ]
        session.execute(insert(SearchChunk), rows)


def rank_by_meaning(session: Session, meeting_id: UUID, vector: Sequence[float], limit: int) -> list[str]:
    """Ids of the lines nearest to the vector, nearest first."""
    distance = col(SearchChunk.embedding).cosine_distance(list(vector))  # pyright: ignore[reportAttributeAccessIssue]  # of pgvector's column type
    return list(
        session.exec(
            select(SearchChunk.line_id).where(SearchChunk.meeting_id == meeting_id).order_by(distance).limit(limit)
        ).all()
    )


def rank_by_words(session: Session, meeting_id: UUID, question: str, limit: int) -> list[str]:
    """Ids of the lines that share words with the question, best first."""
    # A question's words are alternatives here: no line holds all of them.
    rows = session.execute(
        text(
            """
            with query as (select replace(plainto_tsquery('english', :question)::text, ' & ', ' | ')::tsquery as words)
            select c.line_id from search_chunk c, query q
            where c.meeting_id = :meeting_id and c.words @@ q.words
            order by ts_rank_cd(c.words, q.words, 1) desc, c.line_id limit :limit
            """
        ),
        {"question": question, "meeting_id": meeting_id, "limit": limit},
    )
    return [row.line_id for row in rows]


def upsert_step(session: Session, *, owner_id: UUID, meeting_id: UUID, name: str, values: Mapping[str, Any]) -> None:
    """Note a step's outcome; the last one stays."""
    statement = insert(PipelineStep).values(meeting_id=meeting_id, owner_id=owner_id, name=name, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["meeting_id", "name"], set_=dict(values)))


def list_steps(session: Session, meeting_id: UUID) -> list[StepOutcome]:
    """Outcomes in the order they came."""
    rows = session.exec(
        select(PipelineStep).where(PipelineStep.meeting_id == meeting_id).order_by(col(PipelineStep.finished_at))
    ).all()
    return [
        StepOutcome(
            name=row.name,
            is_done=row.status == "done",
            reason=row.reason,
            facts=row.facts,
            run_id=row.run_id,
            duration_ms=row.duration_ms,
            finished_at=row.finished_at,
        )
        for row in rows
    ]


def add_messages(session: Session, messages: Sequence[ChatMessage]) -> None:
    session.add_all(messages)


def list_messages(session: Session, user_id: UUID, meeting_id: UUID, limit: int) -> Sequence[ChatMessage]:
    """The person's newest questions and answers, oldest first."""
    newest = session.exec(
        select(ChatMessage)
        .where(ChatMessage.meeting_id == meeting_id, ChatMessage.owner_id == user_id)
        .order_by(col(ChatMessage.created_at).desc(), col(ChatMessage.id).desc())
        .limit(limit)
    ).all()
    return list(reversed(newest))


def result_values(*, engine: str, input_hash: str, at: datetime, **content: Any) -> dict[str, Any]:
    """Columns that all results share, with their content."""
    return {"engine": engine[:80], "input_hash": input_hash, "created_at": at, **content}

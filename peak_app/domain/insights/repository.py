"""Queries of results. Row-level security narrows them to what the person of the transaction may see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from peak_app.domain.insights.models import (
    ChatMessage,
    Correction,
    Insight,
    Making,
    PipelineStep,
    Summary,
    Transcript,
)
from peak_app.domain.insights.steps import StepOutcome


def find_transcript(session: Session, meeting_id: UUID) -> Transcript | None:
    return session.exec(select(Transcript).where(Transcript.meeting_id == meeting_id)).first()


def count_lines(session: Session, meeting_id: UUID) -> int:
    """Lines of the transcript, without reading them."""
    length = select(func.jsonb_array_length(col(Transcript.lines))).where(Transcript.meeting_id == meeting_id)
    return session.exec(length).first() or 0


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


def list_makings(session: Session, meeting_id: UUID) -> Sequence[Making]:
    """How the meeting's results came about, the last one first."""
    return session.exec(
        select(Making).where(Making.meeting_id == meeting_id).order_by(col(Making.made_at).desc())
    ).all()


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


def upsert_step(session: Session, *, owner_id: UUID, meeting_id: UUID, name: str, values: Mapping[str, Any]) -> None:
    """Note a step's outcome; the last one stays."""
    statement = insert(PipelineStep).values(meeting_id=meeting_id, owner_id=owner_id, name=name, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["meeting_id", "name"], set_=dict(values)))


def upsert_making(
    session: Session, *, owner_id: UUID, meeting_id: UUID, name: str, input_hash: str, values: Mapping[str, Any]
) -> None:
    """Note how a result came about; one that was made of the same input before has been replaced by it."""
    key = {"meeting_id": meeting_id, "name": name, "input_hash": input_hash}
    statement = insert(Making).values(**key, owner_id=owner_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


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


def list_messages(session: Session, user_id: UUID, meeting_id: UUID | None, limit: int) -> Sequence[ChatMessage]:
    """The person's newest questions and answers, oldest first: about a meeting, or (None) about all of theirs."""
    newest = session.exec(
        select(ChatMessage)
        .where(col(ChatMessage.meeting_id).is_not_distinct_from(meeting_id), ChatMessage.owner_id == user_id)
        .order_by(col(ChatMessage.created_at).desc(), col(ChatMessage.id).desc())
        .limit(limit)
    ).all()
    return list(reversed(newest))


def delete_messages(session: Session, user_id: UUID, meeting_id: UUID | None) -> None:
    session.execute(
        delete(ChatMessage).where(
            col(ChatMessage.meeting_id).is_not_distinct_from(meeting_id), col(ChatMessage.owner_id) == user_id
        )
    )


def result_values(*, engine: str, input_hash: str, at: datetime, **content: Any) -> dict[str, Any]:
    """Columns that all results share, with their content."""
    return {"engine": engine[:80], "input_hash": input_hash, "created_at": at, **content}

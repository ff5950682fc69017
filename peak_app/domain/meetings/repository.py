"""Queries of meetings. Row-level security narrows them to what the person of the transaction may see."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from peak_app.db.ids import new_id
from peak_app.domain.agents.models import AgentVersion
from peak_app.domain.meetings.models import CallLease, Meeting, Utterance
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.meetings.turns import Turn
from peak_app.errors import NotFound

MISSING = "This meeting doesn't exist."


def get_meeting(session: Session, meeting_id: UUID, *, is_locked: bool = False) -> Meeting:
    """Raises: NotFound, also for a meeting of someone else."""
    query = select(Meeting).where(Meeting.id == meeting_id)
    meeting = session.exec(query.with_for_update() if is_locked else query).first()
    if meeting is None:
        raise NotFound(MISSING)
    return meeting


def get_version(session: Session, meeting: Meeting) -> AgentVersion:
    return session.exec(select(AgentVersion).where(AgentVersion.id == meeting.agent_version_id)).one()


def list_meetings(
    session: Session, user_id: UUID, *, status: MeetingStatus | None, search: str, limit: int, offset: int
) -> tuple[Sequence[tuple[Meeting, str]], int]:
    """The person's meetings with their agent's name, newest first, and how many there are in all."""
    conditions = [col(Meeting.owner_id) == user_id]
    if status:
        conditions.append(col(Meeting.status) == status)
    if search:
        pattern = "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(col(Meeting.title).ilike(pattern) | col(AgentVersion.name).ilike(pattern))
    joined = select(Meeting, AgentVersion.name).join(AgentVersion, col(AgentVersion.id) == Meeting.agent_version_id)
    rows = session.exec(joined.where(*conditions).order_by(col(Meeting.created_at).desc()).limit(limit).offset(offset))
    total = session.exec(
        select(func.count())
        .select_from(Meeting)
        .join(AgentVersion, col(AgentVersion.id) == Meeting.agent_version_id)
        .where(*conditions)
    ).one()
    return [(meeting, name) for meeting, name in rows], total


def count_other_calls(session: Session, user_id: UUID, meeting_id: UUID) -> int:
    """The person's calls that some bridge holds, without that of the given meeting."""
    query = select(func.count()).where(CallLease.owner_id == user_id, CallLease.meeting_id != meeting_id)
    return session.exec(query.select_from(CallLease)).one()


def list_utterances(session: Session, meeting_id: UUID) -> Sequence[Utterance]:
    """The journal in the order it was spoken."""
    return session.exec(
        select(Utterance)
        .where(Utterance.meeting_id == meeting_id)
        .order_by(col(Utterance.start_ms), col(Utterance.created_at))
    ).all()


def upsert_utterance(session: Session, owner_id: UUID, meeting_id: UUID, turn: Turn) -> None:
    """Write a turn; a repeat of the same item replaces it."""
    words = {
        "speaker": turn.speaker,
        "text": turn.text,
        "unheard_text": turn.unheard_text,
        "start_ms": turn.start_ms,
        "end_ms": turn.end_ms,
        "is_final": turn.is_final,
        "is_typed": turn.is_typed,
        "reply_delay_ms": turn.reply_delay_ms,
        "delay_parts": asdict(turn.delay_parts) if turn.delay_parts else {},
        "was_cut_off": turn.was_cut_off,
        "updated_at": func.now(),
    }
    statement = insert(Utterance).values(
        id=new_id(), meeting_id=meeting_id, owner_id=owner_id, item_id=turn.item_id, created_at=func.now(), **words
    )
    session.execute(statement.on_conflict_do_update(index_elements=["meeting_id", "item_id"], set_=words))


def find_lease(session: Session, meeting_id: UUID) -> CallLease | None:
    return session.exec(select(CallLease).where(CallLease.meeting_id == meeting_id).with_for_update()).first()

"""Queries of scorecards. Row-level security narrows them to what the person of the transaction may see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select, update

from peak_app.db.ids import new_id
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.scorecards.models import Scorecard
from peak_app.domain.scorecards.scorecard import ScorecardContent, mean_of


def list_scorecards(session: Session, meeting_id: UUID, limit: int) -> Sequence[Scorecard]:
    """The one that counts first."""
    return session.exec(
        select(Scorecard)
        .where(Scorecard.meeting_id == meeting_id)
        .order_by(col(Scorecard.counts_since).desc(), col(Scorecard.id).desc())
        .limit(limit)
    ).all()


def find_scorecard(session: Session, meeting_id: UUID, input_hash: str) -> Scorecard | None:
    return session.exec(
        select(Scorecard).where(Scorecard.meeting_id == meeting_id, Scorecard.input_hash == input_hash)
    ).first()


def add_scorecard(
    session: Session, *, owner_id: UUID, meeting_id: UUID, input_hash: str, values: Mapping[str, Any]
) -> None:
    """Keep a scorecard; one of the same input that another run made meanwhile stays as it is."""
    statement = insert(Scorecard).values(
        id=new_id(), meeting_id=meeting_id, owner_id=owner_id, input_hash=input_hash, **values
    )
    session.execute(statement.on_conflict_do_nothing(index_elements=["meeting_id", "input_hash"]))


def count_again(session: Session, scorecard_id: UUID, at: datetime) -> None:
    """Have an earlier scorecard be the one that counts. When it was made stays."""
    session.get_one(Scorecard, scorecard_id).counts_since = at


def note_score(session: Session, meeting_id: UUID) -> None:
    """Have the meeting carry the mean of the scorecard that counts now, for lists."""
    counting = next(iter(list_scorecards(session, meeting_id, 1)), None)
    mean = mean_of(ScorecardContent.model_validate(counting.content).results) if counting else None
    changed = update(Meeting).where(col(Meeting.id) == meeting_id, col(Meeting.score).is_distinct_from(mean))
    session.execute(changed.values(score=mean))

"""Queries of progress. Row-level security narrows them to what the person of the transaction may see."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from peak_app.domain.accounts.models import Account
from peak_app.domain.progress.days import HeldMeeting, days_of
from peak_app.domain.progress.models import ProgressDay
from peak_app.domain.scorecards.scorecard import CriterionResult, mean_of

_HELD = text(
    """
    select coalesce(m.started_at, m.created_at) as held_at, m.connected_ms, s.results,
      coalesce((i.content ->> 'candidate_talk_ms')::int, 0) as talk_ms,
      (i.content ->> 'words_per_minute')::float as words_per_minute,
      (i.content ->> 'fillers_per_minute')::float as fillers_per_minute
    from meeting m left join insight i on i.meeting_id = m.id left join lateral (
      select s.content -> 'results' as results from scorecard s where s.meeting_id = m.id
      order by s.counts_since desc, s.id desc limit 1
    ) s on true
    where m.owner_id = :owner_id and m.status = 'completed' and not m.is_demo
    """
)


def list_days(session: Session, owner_id: UUID, limit: int) -> Sequence[ProgressDay]:
    """The newest days, newest first."""
    newest = select(ProgressDay).where(ProgressDay.owner_id == owner_id).order_by(col(ProgressDay.day).desc())
    return session.exec(newest.limit(limit)).all()


def count_days(session: Session, owner_id: UUID, at: datetime) -> int:
    """Make the person's days those of the completed meetings there are now, and give how many.

    All of them are counted anew, so it may be repeated.
    """
    # One at a time: a count that began before a meeting was deleted must not be written after it.
    account = session.get(Account, owner_id, with_for_update={"key_share": True})
    if account is None:
        return 0
    days = days_of(_list_held(session, owner_id), ZoneInfo(account.time_zone))
    gone = delete(ProgressDay).where(col(ProgressDay.owner_id) == owner_id)
    session.execute(gone.where(col(ProgressDay.day).not_in([day.day for day in days])))
    if days:
        statement = insert(ProgressDay).values(
            [{"owner_id": owner_id, "counted_at": at, **asdict(day)} for day in days]
        )
        counted = {column.name: column for column in statement.excluded}
        session.execute(statement.on_conflict_do_update(index_elements=["owner_id", "day"], set_=counted))
    return len(days)


def _list_held(session: Session, owner_id: UUID) -> list[HeldMeeting]:
    return [
        HeldMeeting(
            held_at=row.held_at,
            connected_ms=row.connected_ms,
            talk_ms=row.talk_ms,
            words_per_minute=row.words_per_minute,
            fillers_per_minute=row.fillers_per_minute,
            mean_score=mean_of([CriterionResult.model_validate(result) for result in row.results or []]),
        )
        for row in session.execute(_HELD, {"owner_id": owner_id})  # pyright: ignore[reportArgumentType, reportCallIssue]
    ]

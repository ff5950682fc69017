"""Queries of progress. Row-level security narrows them to what the person of the transaction may see.

Demo meetings are nobody's practice: they count only for someone who has no completed meeting of their own, and pages
say so then.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import TextClause, bindparam, delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from peak_app.domain.accounts.models import Account
from peak_app.domain.insights.delivery import PACE_MIN_MS
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.progress.attempts import DELAY, FILLERS, PACE, PAUSES, TALK, Attempt, Card, Measured
from peak_app.domain.progress.days import HeldMeeting, days_of
from peak_app.domain.progress.models import ProgressDay
from peak_app.domain.scorecards.models import Scorecard
from peak_app.domain.scorecards.rubric import Rubric, rubric_of_json
from peak_app.domain.scorecards.scorecard import CriterionResult, mean_of

_HELD_AT = "coalesce(m.started_at, m.created_at)"
_COUNTS = """m.owner_id = :owner_id and m.status = 'completed' and m.is_demo = (not exists (
      select 1 from meeting o where o.owner_id = :owner_id and o.status = 'completed' and not o.is_demo))"""

_HELD = text(
    f"""
    select {_HELD_AT} as held_at, m.connected_ms, s.results,
      coalesce((i.content ->> 'candidate_talk_ms')::int, 0) as talk_ms,
      (i.content ->> 'words_per_minute')::float as words_per_minute,
      (i.content ->> 'fillers_per_minute')::float as fillers_per_minute
    from meeting m left join insight i on i.meeting_id = m.id left join lateral (
      select s.content -> 'results' as results from scorecard s where s.meeting_id = m.id
      order by s.counts_since desc, s.id desc limit 1
    ) s on true
    where {_COUNTS}
    """  # noqa: S608  # constants
)
_TIMES = text(f"select {_HELD_AT} as held_at, m.connected_ms from meeting m where {_COUNTS}")  # noqa: S608


def _attempts(chosen: str) -> TextClause:
    """Meetings are chosen first: of all others neither scorecard nor delivery is read."""
    return text(
        f"""
        with chosen as (select m.*, {_HELD_AT} as held_at from meeting m where {chosen})
        select m.id, m.title, m.agent_id, v.name as agent_name, m.is_demo, m.held_at, m.connected_ms,
          s.id as scorecard_id, s.rubric_key, s.engine, s.scores, s.gap,
          i.content ->> 'basis' as basis, (i.content ->> 'candidate_talk_ms')::int as talk_ms,
          (i.content ->> 'words_per_minute')::float as words_per_minute,
          (i.content ->> 'fillers_per_minute')::float as fillers_per_minute,
          (i.content ->> 'talk_ratio')::float as talk_ratio,
          (i.content ->> 'answer_delay_p50_ms')::float as delay_ms,
          jsonb_array_length(coalesce(i.content -> 'pauses', '[]')) as pauses
        from chosen m join agent_version v on v.id = m.agent_version_id
        left join insight i on i.meeting_id = m.id
        left join lateral (
          select s.id, md5(s.rubric::text) as rubric_key, s.engine, s.content -> 'coverage' ->> 'gap' as gap,
            (select jsonb_object_agg(r ->> 'criterion_id', r -> 'score')
              from jsonb_array_elements(s.content -> 'results') r) as scores
          from scorecard s where s.meeting_id = m.id order by s.counts_since desc, s.id desc limit 1
        ) s on true
        order by m.held_at, m.id
        """  # noqa: S608  # constants
    )


_NEWEST_ATTEMPTS = _attempts(f"{_COUNTS} order by {_HELD_AT} desc, m.id desc limit :limit")
_THESE_ATTEMPTS = _attempts("m.owner_id = :owner_id and m.status = 'completed' and m.id in :meeting_ids").bindparams(
    bindparam("meeting_ids", expanding=True)
)


def list_times(session: Session, owner_id: UUID) -> list[tuple[datetime, int]]:
    """When each meeting that counts began, and its connected milliseconds; in no order."""
    return [(row.held_at, row.connected_ms) for row in _rows(session, _TIMES, owner_id=owner_id)]


def list_attempts(session: Session, owner_id: UUID, limit: int) -> list[Attempt]:
    """The newest meetings that count, the oldest of them first."""
    return [_attempt(row) for row in _rows(session, _NEWEST_ATTEMPTS, owner_id=owner_id, limit=limit)]


def find_attempts(session: Session, owner_id: UUID, meeting_ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """Those that are completed meetings of this person, demo meetings too."""
    found = _rows(session, _THESE_ATTEMPTS, owner_id=owner_id, meeting_ids=list(meeting_ids))
    return {row.id: _attempt(row) for row in found}


def list_rubrics(session: Session, attempts: Collection[Attempt]) -> dict[str, Rubric]:
    """The rubrics of the attempts by their key; each is read once, however many were scored by it."""
    ids = {attempt.card.rubric_key: attempt.card.scorecard_id for attempt in attempts if attempt.card}
    if not ids:
        return {}
    rows = session.exec(select(Scorecard.id, Scorecard.rubric).where(col(Scorecard.id).in_(ids.values())))
    rubrics = {scorecard_id: rubric_of_json(rubric) for scorecard_id, rubric in rows}
    return {key: rubrics[scorecard_id] for key, scorecard_id in ids.items() if scorecard_id in rubrics}


def list_completed(session: Session, owner_id: UUID, limit: int) -> Sequence[Meeting]:
    """Completed meetings of the person, demo meetings too, newest first."""
    newest = col(Meeting.started_at).desc().nulls_last()
    completed = select(Meeting).where(Meeting.owner_id == owner_id, Meeting.status == MeetingStatus.COMPLETED)
    return session.exec(completed.order_by(newest, col(Meeting.created_at).desc()).limit(limit)).all()


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
        for row in _rows(session, _HELD, owner_id=owner_id)
    ]


def _rows(session: Session, statement: TextClause, **values: object) -> Sequence[Any]:
    return session.execute(statement, values).all()  # pyright: ignore[reportArgumentType, reportCallIssue]


def _attempt(row: Any) -> Attempt:
    card = (
        Card(row.scorecard_id, row.rubric_key, row.engine, row.scores or {}, row.gap or "")
        if row.scorecard_id
        else None
    )
    return Attempt(
        meeting_id=row.id,
        title=row.title,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        is_demo=row.is_demo,
        held_at=row.held_at,
        connected_ms=row.connected_ms,
        card=card,
        measured=Measured(row.basis, _values(row)) if row.basis else None,
    )


def _values(row: Any) -> Mapping[str, float | None]:
    can_tell_pauses = row.basis == "sound" and (row.talk_ms or 0) >= PACE_MIN_MS
    return {
        PACE: row.words_per_minute,
        FILLERS: row.fillers_per_minute,
        PAUSES: row.pauses / (row.talk_ms / 60_000) if can_tell_pauses else None,
        DELAY: None if row.delay_ms is None else row.delay_ms / 1000,
        TALK: None if row.talk_ratio is None else row.talk_ratio * 100,
    }

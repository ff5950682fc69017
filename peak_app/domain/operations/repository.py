"""Queries over everyone's steps and events: policies of the database open them to the operator, without any words."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from peak_app.db.models import OutboxEvent
from peak_app.db.outbox import MEETING_ENDED
from peak_app.domain.accounts.models import Installation
from peak_app.domain.insights.models import Making, PipelineStep
from peak_app.domain.meetings.models import DeletionReceipt, MeetingEvent
from peak_app.domain.operations.timeline import Traces
from peak_app.errors import NotFound

# A summary that was found unchanged says nothing of how long one takes; of a meeting that was tried again the newest
# event before the summary counts.
_WAITS = """
select count(*), percentile_cont(0.5) within group (order by waited),
  percentile_cont(0.95) within group (order by waited)
from (
  select extract(epoch from s.finished_at - e.created_at) as waited
  from pipeline_step s join lateral (
    select o.created_at from outbox_event o where o.meeting_id = s.meeting_id and o.kind = :kind
      and o.created_at <= s.finished_at order by o.id desc limit 1
  ) e on true
  where s.name = :step and s.status = 'done' and s.finished_at > :since
    and not coalesce((s.facts ->> 'unchanged')::boolean, false)
) waits
"""


def find_operator_id(session: Session) -> UUID | None:
    """Who runs the installation; None before anyone has signed in."""
    return session.exec(select(Installation.operator_id)).first()


def count_waiting(session: Session) -> tuple[int, datetime | None]:
    """Calls that ended and whose results are not made, and since when the oldest of them waits."""
    row = session.execute(
        select(func.count(), func.min(col(OutboxEvent.created_at))).where(
            OutboxEvent.kind == MEETING_ENDED, col(OutboxEvent.done_at).is_(None)
        )
    ).one()
    return row[0], row[1]


def measure_waits(session: Session, step: str, since: datetime) -> tuple[int, float | None, float | None]:
    """How many meetings got this step since then, and how long after hanging up: p50 and p95 in seconds."""
    count, p50_s, p95_s = session.execute(text(_WAITS), {"kind": MEETING_ENDED, "step": step, "since": since}).one()
    return count, float(p50_s) if count else None, float(p95_s) if count else None


def list_failed_steps(session: Session, since: datetime, limit: int) -> Sequence[PipelineStep]:
    """Steps whose last outcome since then is a failure, newest first."""
    return session.exec(
        select(PipelineStep)
        .where(PipelineStep.status == "failed", col(PipelineStep.finished_at) > since)
        .order_by(col(PipelineStep.finished_at).desc())
        .limit(limit)
    ).all()


def require_operator(session: Session, user_id: UUID, sentence: str) -> None:
    """Raises: NotFound: this person does not run the installation."""
    if find_operator_id(session) != user_id:
        raise NotFound(sentence)


def find_meetings(session: Session, low: UUID, high: UUID, limit: int) -> Sequence[tuple[UUID, datetime]]:
    """Ids of meetings in this range and since when something is known of them, newest first."""
    known = (
        select(MeetingEvent.meeting_id, MeetingEvent.at)
        .where(col(MeetingEvent.meeting_id).between(low, high))
        .union_all(
            select(DeletionReceipt.meeting_id, DeletionReceipt.asked_at).where(
                col(DeletionReceipt.meeting_id).between(low, high)
            )
        )
        .subquery()
    )
    since = func.min(known.c.at)
    rows = session.execute(
        select(known.c.meeting_id, since).group_by(known.c.meeting_id).order_by(since.desc()).limit(limit)
    )
    return [(meeting_id, at) for meeting_id, at in rows]


def read_traces(session: Session, meeting_id: UUID) -> Traces:
    """What is known of a meeting; nothing when there is none."""
    outbox = select(OutboxEvent).where(OutboxEvent.meeting_id == meeting_id, OutboxEvent.kind == MEETING_ENDED)
    return Traces(
        events=session.exec(
            select(MeetingEvent).where(MeetingEvent.meeting_id == meeting_id).order_by(col(MeetingEvent.id))
        ).all(),
        outbox=session.exec(outbox.order_by(col(OutboxEvent.id))).all(),
        steps=session.exec(select(PipelineStep).where(PipelineStep.meeting_id == meeting_id)).all(),
        makings=session.exec(select(Making).where(Making.meeting_id == meeting_id)).all(),
        receipt=session.exec(select(DeletionReceipt).where(DeletionReceipt.meeting_id == meeting_id)).first(),
    )


def lock_repair(session: Session, meeting_id: UUID) -> None:
    """Hold others who want to repair this meeting until the transaction ends."""
    name = {"name": f"repair:{meeting_id}"}
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), name)

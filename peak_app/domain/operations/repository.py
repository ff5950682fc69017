"""Queries over everyone's steps and events: policies of the database open them to the operator, without any words."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from peak_app.db.models import OutboxEvent
from peak_app.db.outbox import MEETING_ENDED
from peak_app.domain.accounts.models import Installation
from peak_app.domain.insights.models import PipelineStep

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

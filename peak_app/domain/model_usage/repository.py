"""Queries over the ledger of what models took. Callers open the transaction and say for whom it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, cast, text
from sqlalchemy import func as sql
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from peak_app.db.ids import new_id
from peak_app.domain.model_usage.models import ModelUsage
from peak_app.ports.usage import ModelUse, Tokens


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """Everything of one kind that one model did. `kind` is a `UseKind`, or an asset of the pipeline."""

    kind: str
    model: str
    requests: int
    uncounted: int
    """Of them, of which nobody said what they took."""
    read: int
    written: int
    cached: int
    """Of the tokens that were read."""
    seconds: float
    cost_usd: Decimal | None
    """None when the price of any of it is not known."""


def add(
    session: Session,
    owner_id: UUID,
    meeting_id: UUID | None,
    use: ModelUse,
    *,
    key: str,
    cost_usd: Decimal | float | None,
    at: datetime,
) -> None:
    """Write a use down. A repeat with the same key, as after a lost answer of the database, changes nothing."""
    tokens = use.tokens or Tokens()
    session.execute(
        insert(ModelUsage)
        .values(
            id=new_id(),
            owner_id=owner_id,
            meeting_id=meeting_id,
            key=key[:160],
            kind=use.kind,
            source_id=use.source_id[:64],
            model=use.model[:80],
            status=use.status[:12],
            is_counted=use.is_counted,
            text_input=tokens.text_input,
            audio_input=tokens.audio_input,
            image_input=tokens.image_input,
            cached_text=tokens.cached_text,
            cached_audio=tokens.cached_audio,
            text_output=tokens.text_output,
            audio_output=tokens.audio_output,
            seconds=use.seconds,
            cost_usd=cost_usd,
            at=at,
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )


def totals_of_meeting(session: Session, meeting_id: UUID) -> Sequence[UsageTotal]:
    """What was asked for in the call and in questions about it."""
    return _totals(session, col(ModelUsage.meeting_id) == meeting_id)


def totals_since(session: Session, since: datetime) -> Sequence[UsageTotal]:
    """Of everyone whose rows may be seen: calls, questions, and what results of the pipeline say they took."""
    made = session.execute(text(_MADE), {"since": since}).all()
    return [*_totals(session, col(ModelUsage.at) > since), *(UsageTotal(*row) for row in made)]


def _totals(session: Session, condition: ColumnElement[bool]) -> list[UsageTotal]:
    row = ModelUsage
    is_priced = sql.count(col(row.cost_usd)) == sql.count()
    columns: tuple[Any, ...] = (
        col(row.kind),
        col(row.model),
        sql.count(),
        sql.count().filter(~col(row.is_counted)),
        _sum(row.text_input, row.audio_input, row.image_input),
        _sum(row.text_output, row.audio_output),
        _sum(row.cached_text, row.cached_audio),
        sql.coalesce(sql.sum(col(row.seconds)), 0.0),
        sql.sum(col(row.cost_usd)),
        is_priced,
    )
    found = session.execute(
        select_columns(*columns)
        .where(condition)
        .group_by(col(row.kind), col(row.model))
        .order_by(col(row.kind).desc(), col(row.model))
    ).all()
    return [UsageTotal(*row[:8], cost_usd=row[8] if row[9] else None) for row in found]


def _sum(*counts: int) -> ColumnElement[int]:
    # As big numbers: PostgreSQL's sum of whole ones is a decimal.
    total = col(counts[0])
    for count in counts[1:]:
        total += col(count)
    return cast(sql.sum(total), BigInteger)


_MADE = """
select name, coalesce(facts ->> 'engine', ''), count(*)::int, 0,
  coalesce(sum((facts ->> 'input_tokens')::bigint), 0)::bigint,
  coalesce(sum((facts ->> 'output_tokens')::bigint), 0)::bigint, 0, 0.0::float8,
  case when count(facts ->> 'cost_usd') = count(*) then sum((facts ->> 'cost_usd')::numeric) end
from making where made_at > :since and (facts ? 'input_tokens' or facts ? 'output_tokens')
group by 1, 2 order by 1, 2
"""

"""The latency receipt: how long each reply of the agent took, and where that time went. As measured, no judgement.

total         end of the candidate's speech → first sound of the agent's reply, in ms
parts         what the total is made of, in the order in which it passes: `domain.meetings.turns.DelayParts`
percentiles   nearest rank, for the total and for each part by itself: those of the parts need not add up to the total's

A reply to a typed answer is not on it: nobody's speech ended.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields

from pydantic import BaseModel, Field

from peak_app.domain.insights.delivery import percentile
from peak_app.domain.insights.lines import Line
from peak_app.domain.meetings.turns import DelayParts

PARTS = tuple(part.name for part in fields(DelayParts))
"""Names of the parts in their order."""


class ReplyTime(BaseModel):
    """One reply of the agent. `parts` is None when only the total was measured."""

    line_id: str
    total_ms: int
    parts: DelayParts | None = None


class Percentiles(BaseModel):
    """Half of the replies took at most `p50_ms`, 95 of 100 at most `p95_ms`."""

    p50_ms: int
    p95_ms: int


class LatencyReceipt(BaseModel):
    """Empty when no reply was measured; `parts` has only those that were, by name, in no order."""

    replies: list[ReplyTime] = Field(default_factory=list)
    total: Percentiles | None = None
    parts: dict[str, Percentiles] = Field(default_factory=dict)


def receipt_of(lines: Sequence[Line]) -> LatencyReceipt:
    """The receipt of a meeting, its replies in the order of the lines."""
    replies = [
        ReplyTime(line_id=line.id, total_ms=line.reply_delay_ms, parts=_sound(line.delay_parts))
        for line in lines
        if line.speaker == "agent" and line.reply_delay_ms is not None
    ]
    split = [asdict(reply.parts) for reply in replies if reply.parts is not None]
    ranked = {name: _percentiles([parts[name] for parts in split]) for name in PARTS}
    return LatencyReceipt(
        replies=replies,
        total=_percentiles([reply.total_ms for reply in replies]),
        parts={name: found for name, found in ranked.items() if found is not None},
    )


def _sound(parts: DelayParts | None) -> DelayParts | None:
    """None when a clock jumped back within it: then no part can be believed."""
    return parts if parts is not None and min(asdict(parts).values()) >= 0 else None


def _percentiles(values: Sequence[int]) -> Percentiles | None:
    p50_ms, p95_ms = percentile(values, 50), percentile(values, 95)
    return None if p50_ms is None or p95_ms is None else Percentiles(p50_ms=p50_ms, p95_ms=p95_ms)

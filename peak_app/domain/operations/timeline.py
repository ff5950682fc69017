"""Everything that is known of a meeting's course, in the order in which it happened. Pure; no words of anyone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from peak_app.db.models import OutboxEvent
from peak_app.domain.insights.models import Making, PipelineStep
from peak_app.domain.meetings.models import DeletionReceipt, MeetingEvent
from peak_app.domain.meetings.status import MeetingStatus

EVENT_ASKED, EVENT_DONE = "asked", "settled"
STEP_DONE, STEP_FAILED, MADE = "step_done", "step_failed", "made"
DELETED, ERASED = "deleted", "erased"
"""Kinds of entries beside those of `MeetingEvent`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind` says what happened, `detail` to which step, state or bridge; `reason` is a sentence of ours."""

    at: datetime
    kind: str
    detail: str = ""
    reason: str = ""
    took_ms: int | None = None
    run_id: str = ""
    """Of Dagster; empty when no run did it."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What the tables hold of one meeting."""

    events: Sequence[MeetingEvent] = ()
    outbox: Sequence[OutboxEvent] = ()
    steps: Sequence[PipelineStep] = ()
    makings: Sequence[Making] = ()
    receipt: DeletionReceipt | None = None

    @property
    def owner_id(self) -> UUID | None:
        """Whose meeting it is; None: nothing is known of it."""
        rows = (*self.events, *self.outbox, *self.steps, *self.makings, *([self.receipt] if self.receipt else []))
        return rows[0].owner_id if rows else None

    @property
    def status(self) -> MeetingStatus | None:
        """The state it is in; None: it was deleted, or nothing is known of it."""
        if self.receipt or not self.events:
            return None
        became = [event.detail for event in self.events if event.kind == "became"]
        return MeetingStatus(became[-1]) if became else MeetingStatus.SCHEDULED

    @property
    def has_open_event(self) -> bool:
        """Whether the pipeline knows that results are wanted, and has not settled it."""
        return any(event.done_at is None for event in self.outbox)

    @property
    def has_failed_step(self) -> bool:
        return any(step.status == "failed" for step in self.steps)


def timeline_of(traces: Traces) -> list[Entry]:
    """All of it by time; what happened at the same time in the order in which it was written down."""
    return sorted(
        (
            *(Entry(event.at, event.kind, event.detail) for event in traces.events),
            *_asked(traces.outbox),
            *(_made(making) for making in traces.makings),
            *(_step(step) for step in traces.steps if not _is_told_by_making(step, traces.makings)),
            *_deleted(traces.receipt),
        ),
        key=lambda entry: entry.at,
    )


def needs_repair(traces: Traces) -> bool:
    """Whether making the results anew can help: they failed, or nobody is going to make them."""
    match traces.status:
        case MeetingStatus.FAILED:
            return True
        case MeetingStatus.PROCESSING:
            return not traces.has_open_event
        case MeetingStatus.COMPLETED:
            return traces.has_failed_step
        case _:
            return False


def _asked(outbox: Iterable[OutboxEvent]) -> Iterable[Entry]:
    for event in outbox:
        yield Entry(event.created_at, EVENT_ASKED, str(event.id))
        if event.done_at is not None:
            yield Entry(event.done_at, EVENT_DONE, str(event.id), took_ms=_ms(event.done_at - event.created_at))


def _made(making: Making) -> Entry:
    return Entry(making.made_at, MADE, making.name, took_ms=making.took_ms, run_id=making.run_id)


def _step(step: PipelineStep) -> Entry:
    kind = STEP_DONE if step.status == "done" else STEP_FAILED
    return Entry(step.finished_at, kind, step.name, step.reason, step.duration_ms, step.run_id)


def _is_told_by_making(step: PipelineStep, makings: Iterable[Making]) -> bool:
    """Whether the newest outcome of a step is the making of its result, which is there already."""
    return step.status == "done" and any(
        making.name == step.name and making.run_id == step.run_id and making.run_id for making in makings
    )


def _deleted(receipt: DeletionReceipt | None) -> Iterable[Entry]:
    if receipt is not None:
        yield Entry(receipt.asked_at, DELETED, str(sum(receipt.row_counts.values())))
        if receipt.done_at is not None:
            took = receipt.done_at - receipt.asked_at
            yield Entry(receipt.done_at, ERASED, str(receipt.file_count), took_ms=_ms(took))


def _ms(span: timedelta) -> int:
    return round(span / timedelta(milliseconds=1))

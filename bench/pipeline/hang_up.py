"""From hanging up to the first step and to the summary, one meeting after the other."""

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bench.pipeline.talk import interview
from peak_app.db.columns import utc_now
from peak_app.domain.insights.steps import SUMMARY, TRANSCRIPT
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.wiring import Services
from tests.held_calls import HeldCalls
from tests.integration.pipeline_stage import wait_until

WITHIN_S = 90
_LENGTH = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds since the person hung up."""

    first_step_s: float
    summary_s: float
    completed_s: float


def start(held: HeldCalls, length: timedelta, seed: int) -> UUID:
    """A live call with its journal written."""
    meeting_id = held.start(())
    for turn in interview(length, seed):
        held.calls.save_turn(held.user_id, meeting_id, turn)
    held.connected_for(meeting_id, length.total_seconds())
    return meeting_id


def hold(held: HeldCalls, services: Services, seed: int) -> Wait:
    """End a ten-minute call and wait for what comes of it."""
    meeting_id = start(held, _LENGTH, seed)
    # The sensors' loops must not be met at the same point each time.
    time.sleep(random.uniform(0.5, 2.0))
    hung_up_at = utc_now()
    held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
    ended = (MeetingStatus.COMPLETED, MeetingStatus.FAILED)
    wait_until(lambda: held.status(meeting_id) in ended, WITHIN_S, "the results")
    completed_at = utc_now()
    assert held.status(meeting_id) == MeetingStatus.COMPLETED
    results = services.insights.get_results(held.user_id, meeting_id)
    assert results.summary
    assert results.summary.overview
    steps = {step.name: step for step in results.steps}
    began_at = steps[TRANSCRIPT].finished_at - timedelta(milliseconds=steps[TRANSCRIPT].duration_ms)
    return Wait(
        first_step_s=_seconds(hung_up_at, began_at),
        # Noted after the summary was committed, so never too early.
        summary_s=_seconds(hung_up_at, steps[SUMMARY].finished_at),
        completed_s=_seconds(hung_up_at, completed_at),
    )


def _seconds(since: datetime, at: datetime) -> float:
    return (at - since).total_seconds()

"""One step of the pipeline: find the owner, do the work, note the outcome, and decide whether to try again.

Nothing of what goes wrong is passed on in its own words: messages of databases and services quote what they were given,
and Dagster keeps what it is told.
"""

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import dagster as dg

from peak_app.domain.insights.steps import StepFacts
from peak_app.errors import NotFound, PeakError, ServiceUnavailable
from peak_app.ports.outflows import on_behalf_of
from peak_app.wiring import Services
from pipelines.metrics import step_reports
from pipelines.outbox import Outbox

MAX_RETRIES = 3
LONGEST_WAIT_S = 120.0
"""A provider that wants more time than this is not waited for: the person may try again, and others have their turn."""
BROKEN = "Something went wrong on our side. You can try again."

RETRY_POLICY = dg.RetryPolicy(
    max_retries=MAX_RETRIES, delay=1, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
"""For what breaks around a step; within it, `run_step` decides."""

Work = Callable[[UUID, UUID], StepFacts]


@contextmanager
def without_words() -> Iterator[None]:
    """What goes wrong within is told to Dagster as its kind and place; what was said to it on purpose, as it is.

    Raises:
        dagster.Failure: may be tried again, as far as there is a policy.
    """
    try:
        yield
    except (dg.Failure, dg.RetryRequested):
        raise
    except Exception as error:  # the boundary of every asset, op and sensor
        raise dg.Failure(where(error)) from None


@without_words()
def run_step(context: dg.AssetExecutionContext, peak: Services, name: str, work: Work) -> StepFacts:
    """Do `work(owner_id, meeting_id)` for the meeting of this run's partition.

    Raises:
        dagster.RetryRequested: it may work later.
        dagster.Failure: it will not.
    """
    meeting_id = UUID(context.partition_key)
    owner_id = Outbox(peak.sessions).find_owner(meeting_id)
    if owner_id is None:
        raise dg.Failure("This meeting doesn't exist any more.", allow_retries=False)
    started = time.perf_counter()
    try:
        with on_behalf_of(owner_id, meeting_id):
            step = work(owner_id, meeting_id)
        peak.insights.note_step_done(
            owner_id, meeting_id, name, step, run_id=context.run.run_id, duration_ms=_ms_since(started)
        )
    except NotFound:
        raise dg.Failure("This meeting doesn't exist any more.", allow_retries=False) from None
    except Exception as error:  # the boundary of every step
        reason = error.sentence if isinstance(error, PeakError) else BROKEN
        is_passing, wait_s = _outlook(error, context.retry_number)
        context.log.warning("step %s: %s", name, where(error))
        if is_passing and context.retry_number < MAX_RETRIES:
            step_reports().tell(name, "again", time.perf_counter() - started)
            raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=wait_s) from None
        duration_ms = _ms_since(started)
        peak.insights.note_step_failed(
            owner_id, meeting_id, name, reason, run_id=context.run.run_id, duration_ms=duration_ms
        )
        step_reports().tell(name, "failed", duration_ms / 1000)
        raise dg.Failure(reason, allow_retries=False) from None
    step_reports().tell(name, "done", time.perf_counter() - started)
    return step


def materialized(step: StepFacts) -> dg.MaterializeResult:
    """What Dagster shows of a step: its facts."""
    return dg.MaterializeResult(metadata={**step.facts, "unchanged": step.is_unchanged})


def _outlook(error: Exception, attempt: int) -> tuple[bool, float]:
    """Whether trying again may help, and after how many seconds."""
    wait_s = 2.0**attempt
    if isinstance(error, ServiceUnavailable):
        if error.retry_after_s is not None:
            wait_s = error.retry_after_s
        return error.retryable and wait_s <= LONGEST_WAIT_S, wait_s
    return not isinstance(error, PeakError), wait_s


def where(error: Exception) -> str:
    """Kind and place of an error, without its words."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _ms_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)

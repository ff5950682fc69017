"""What sets the pipeline going, and what looks after meetings that were left behind."""

import json
import time
from datetime import timedelta
from uuid import UUID

import dagster as dg
from sqlmodel import col, select

from peak_app.db.engine import listen_url
from peak_app.db.outbox import MEETING_ENDED, publish
from peak_app.domain.insights import steps
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import Conflict, NotFound
from peak_app.wiring import Services
from pipelines.defs.meetings.assets import process_meeting
from pipelines.defs.recordings.assets import process_media
from pipelines.outbox import MAX_ATTEMPTS, EndedCall, Outbox, listening, wait_for_event
from pipelines.partitions import meetings
from pipelines.resources import Peak
from pipelines.step import BROKEN, without_words
from pipelines.tags import BUSY, EVENT_TAG, PARTITION_TAG, WILL_RETRY_TAG

LONG_POLL_S = 4.0
"""How long one tick waits for an event. Dagster ends a tick that takes 60 s."""
STOPPED = "Making the results was stopped by an operator. You can try again."
DECISION_WAIT_S = 15.0
_STRANDED_AGE = timedelta(days=2)


@dg.sensor(
    jobs=[process_meeting, process_media],
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts both jobs the moment a call has ended.",
)
@without_words()
def ended_calls(context: dg.SensorEvaluationContext, peak: Peak) -> dg.SensorResult | dg.SkipReason:
    """The cursor holds the waiting events that have their runs: what is not in it is new, in whatever order it came."""
    started = set(json.loads(context.cursor)) if context.cursor else set()
    outbox = Outbox(peak.sessions)
    deadline = time.monotonic() + LONG_POLL_S
    with listening(listen_url(peak.settings, "worker")) as connection:
        while True:
            pending = outbox.list_pending()
            new = [call for call in pending if call.event_id not in started]
            left_s = deadline - time.monotonic()
            if new or left_s <= 0:
                break
            wait_for_event(connection, left_s)
    cursor = json.dumps([call.event_id for call in pending])
    if not new:
        context.update_cursor(cursor)
        return dg.SkipReason("No call has ended.")
    return dg.SensorResult(
        cursor=cursor,
        # Dagster starts them in this order: no recording before the last summary.
        run_requests=sorted(
            (r for call in new for r in _requests(call)), key=lambda r: r.job_name == process_media.name
        ),
        dynamic_partitions_requests=[meetings.build_add_request([str(call.meeting_id) for call in new])],
    )


@dg.sensor(
    jobs=[process_meeting, process_media],
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts again what has an event but neither results nor a run.",
)
@without_words()
def overdue_calls(context: dg.SensorEvaluationContext, peak: Peak) -> dg.SensorResult | dg.SkipReason:
    """State decides here, never a cursor; after `MAX_ATTEMPTS` the meeting is given up with a sentence."""
    outbox = Outbox(peak.sessions)
    requests: list[dg.RunRequest] = []
    keys: list[str] = []
    for call in outbox.list_overdue():
        if _is_busy(context.instance, call.meeting_id) or not outbox.count_attempt(call):
            continue
        if call.attempts + 1 >= MAX_ATTEMPTS:
            give_up(peak, call.meeting_id, BROKEN)
            continue
        keys.append(str(call.meeting_id))
        requests += _requests(call, attempt=call.attempts + 1)
    if not requests:
        return dg.SkipReason("Nothing was left behind.")
    return dg.SensorResult(
        run_requests=requests, dynamic_partitions_requests=[meetings.build_add_request(sorted(set(keys)))]
    )


@dg.sensor(
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Gives a new event to meetings that are processing without one.",
)
@without_words()
def stranded_meetings(_context: dg.SensorEvaluationContext, peak: Peak) -> dg.SkipReason:
    """No meeting stays in processing for ever, also when its event was marked done by mistake."""
    stranded = 0
    for owner_id, meeting_ids in Outbox(peak.sessions).list_recent_meetings(_STRANDED_AGE).items():
        with peak.sessions.for_user(owner_id) as session:
            query = select(Meeting.id).where(
                col(Meeting.id).in_(meeting_ids), Meeting.status == MeetingStatus.PROCESSING
            )
            for meeting_id in session.exec(query).all():
                publish(session, MEETING_ENDED, owner_id=owner_id, meeting_id=meeting_id, payload={"is_retry": True})
                stranded += 1
    return dg.SkipReason(f"{stranded} meetings got a new event.")


@dg.run_failure_sensor(
    monitored_jobs=[process_meeting, process_media],
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Says so when a run of a meeting failed for good: the meeting fails, or its media do.",
)
@without_words()
def failed_runs(context: dg.RunFailureSensorContext, peak: Peak) -> None:
    # A run whose process died is started again by Dagster; the meeting is still being worked on.
    if is_final_failure(context.instance, context.dagster_run.run_id):
        _settle(context, peak, "")


def is_final_failure(instance: dg.DagsterInstance, run_id: str, *, within_s: float = DECISION_WAIT_S) -> bool:
    """Whether Dagster has decided not to start this failed run again.

    It decides a moment after the failure is known, which on a busy machine may be seconds. Without a decision the
    answer is no: `overdue_calls` then looks after the meeting.
    """
    deadline = time.monotonic() + within_s
    while True:
        run = instance.get_run_by_id(run_id)
        decision = run.tags.get(WILL_RETRY_TAG) if run else "true"
        if decision is not None or time.monotonic() > deadline:
            return decision == "false"
        time.sleep(0.1)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.CANCELED,
    monitored_jobs=[process_meeting, process_media],
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Says so when an operator stopped a run of a meeting: the meeting fails, or its media do.",
)
@without_words()
def stopped_runs(context: dg.RunStatusSensorContext, peak: Peak) -> None:
    _settle(context, peak, STOPPED)


def _settle(context: dg.RunStatusSensorContext, peak: Services, reason: str) -> None:
    """What the run of a meeting leaves behind that will not go on, unless another one of its job does."""
    run = context.dagster_run
    key = run.tags.get(PARTITION_TAG)
    if key is None or _is_busy(context.instance, UUID(key), run.job_name):
        return
    give = give_up_media if run.job_name == process_media.name else give_up
    give(peak, UUID(key), reason, run_id=run.run_id)


def give_up(peak: Services, meeting_id: UUID, reason: str, *, run_id: str = "") -> None:
    """Fail the meeting and end its events; without a reason, with that of the failed step. Repeating it is harmless."""
    outbox = Outbox(peak.sessions)
    owner_id = outbox.find_owner(meeting_id)
    if owner_id is None:
        return
    event_ids = outbox.pending_ids(meeting_id)
    try:
        if peak.meetings.get_meeting(owner_id, meeting_id).status == MeetingStatus.PROCESSING:
            outcomes = peak.insights.list_steps(owner_id, meeting_id)
            failures = [step.reason for step in outcomes if not step.is_done and step.name in steps.REQUIRED]
            sentence = reason or next(iter(failures), "") or BROKEN
            if not failures:
                # Nothing that a step has noted: the operator finds it by this.
                peak.insights.note_step_failed(
                    owner_id, meeting_id, steps.RESULTS, sentence, run_id=run_id, duration_ms=0
                )
            peak.meetings.fail_meeting(owner_id, meeting_id, reason=sentence)
    except (Conflict, NotFound):
        # It was completed or deleted in this very moment.
        pass
    outbox.mark_done(event_ids)


def give_up_media(peak: Services, meeting_id: UUID, reason: str, *, run_id: str = "") -> None:
    """Note that the first step without an outcome failed, where none has said so itself. The meeting goes on."""
    owner_id = Outbox(peak.sessions).find_owner(meeting_id)
    if owner_id is None:
        return
    try:
        known = {step.name: step for step in peak.insights.get_results(owner_id, meeting_id).current_steps}
    except NotFound:
        # It was deleted in this very moment.
        return
    blamed = next((name for name in steps.MEDIA if name not in known or not known[name].is_done), None)
    if blamed is not None and blamed not in known:
        peak.insights.note_step_failed(owner_id, meeting_id, blamed, reason or BROKEN, run_id=run_id, duration_ms=0)


def _requests(call: EndedCall, attempt: int = 0) -> list[dg.RunRequest]:
    # A run key is remembered for ever: the same event and attempt never start a second run.
    return [
        dg.RunRequest(
            run_key=f"{job}:{call.event_id}:{attempt}",
            job_name=job,
            partition_key=str(call.meeting_id),
            tags={EVENT_TAG: str(call.event_id)},
        )
        for job in (process_meeting.name, process_media.name)
    ]


def _is_busy(instance: dg.DagsterInstance, meeting_id: UUID, job_name: str = process_meeting.name) -> bool:
    """Whether a run of the job is under way for the meeting, or waits."""
    busy = dg.RunsFilter(job_name=job_name, tags={PARTITION_TAG: str(meeting_id)}, statuses=BUSY)
    return instance.get_runs_count(busy) > 0

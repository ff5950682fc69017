"""What the operator is told by mail: runs that failed for good."""

from uuid import UUID

import dagster as dg

from peak_app.errors import NotFound
from peak_app.wiring import Services
from pipelines.defs.meetings.sensors import is_final_failure
from pipelines.outbox import Outbox
from pipelines.resources import Peak
from pipelines.step import without_words
from pipelines.tags import PARTITION_TAG

STEP_FAILED = "A step failed; the page of the run says where."
DIED = "The process of the run ended before it was done."


@dg.run_failure_sensor(
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Notes each run that failed for good, of any job, for the operator.",
)
@without_words()
def failure_alerts(context: dg.RunFailureSensorContext, peak: Peak) -> None:
    run = context.dagster_run
    if is_final_failure(context.instance, run.run_id):
        key = run.tags.get(PARTITION_TAG)
        meeting_id = UUID(key) if key else None
        known = STEP_FAILED if context.get_step_failure_events() else DIED
        reason = reason_of(peak, run.run_id, meeting_id) or known
        peak.alerts.note_failure(run.run_id, run.job_name, reason, meeting_id)


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Writes the operator a mail about what is noted, every ten minutes at most.",
)
@without_words()
def alerting(_context: dg.SensorEvaluationContext, peak: Peak) -> dg.SkipReason:
    return dg.SkipReason(f"{peak.alerts.send_due()} failed runs were told of.")


def reason_of(peak: Services, run_id: str, meeting_id: UUID | None) -> str:
    """The sentence that a step of this run has noted; empty: none. Messages of errors may hold words, and stay here."""
    owner_id = Outbox(peak.sessions).find_owner(meeting_id) if meeting_id else None
    if meeting_id is None or owner_id is None:
        return ""
    try:
        outcomes = peak.insights.list_steps(owner_id, meeting_id)
    except NotFound:
        return ""
    return next((step.reason for step in outcomes if not step.is_done and step.run_id == run_id), "")

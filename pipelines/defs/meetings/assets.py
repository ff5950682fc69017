"""The end of the pipeline: the meeting is completed when everything its page needs is there."""

from uuid import UUID

import dagster as dg

from peak_app.domain.insights import steps
from peak_app.domain.insights.steps import StepFacts
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import t
from peak_app.wiring import Services
from pipelines.defs.billing.assets import usage
from pipelines.defs.insights.assets import search_index, summary, transcript
from pipelines.defs.scorecards.assets import scorecard
from pipelines.outbox import Outbox
from pipelines.partitions import meetings
from pipelines.resources import Peak
from pipelines.step import RETRY_POLICY, without_words

NOTHING_SAID = "Nothing was said in this meeting."
RESULTS_OF = {
    steps.TRANSCRIPT: transcript,
    steps.SUMMARY: summary,
    steps.SEARCH_INDEX: search_index,
    steps.USAGE: usage,
}


@dg.asset(
    partitions_def=meetings,
    deps=[RESULTS_OF[name] for name in steps.REQUIRED],
    group_name="meetings",
    kinds={"postgres"},
    retry_policy=RETRY_POLICY,
)
@without_words()
def results(context: dg.AssetExecutionContext, peak: Peak) -> dg.MaterializeResult:
    """The meeting is completed, and its event done."""
    try:
        is_completed = complete(peak, UUID(context.partition_key), context.run.run_id)
    except NotFound:
        raise dg.Failure("This meeting doesn't exist any more.", allow_retries=False) from None
    return dg.MaterializeResult(metadata={"completed": is_completed})


def complete(peak: Services, meeting_id: UUID, run_id: str) -> bool:
    """Complete the meeting with what there is, and end its events. False when it was completed before.

    Raises:
        NotFound: it was deleted.
    """
    outbox = Outbox(peak.sessions)
    owner_id = outbox.find_owner(meeting_id)
    if owner_id is None:
        raise NotFound(t("refusal.meeting_gone"))
    # Read before, so that a "Try again" that comes while we finish keeps its own event.
    event_ids = outbox.pending_ids(meeting_id)
    meeting = peak.meetings.get_meeting(owner_id, meeting_id)
    # Failed: someone ran the steps from Dagster's page after the meeting had been given up.
    is_open = meeting.status in (MeetingStatus.PROCESSING, MeetingStatus.FAILED)
    if is_open:
        is_silent = peak.insights.is_silent(owner_id, meeting_id)
        outcomes = peak.insights.list_steps(owner_id, meeting_id)
        known_reason = meeting.status_reason if meeting.status == MeetingStatus.PROCESSING else ""
        reason = known_reason or (NOTHING_SAID if is_silent else "")
        peak.meetings.complete_meeting(owner_id, meeting_id, reason=reason)
        if any(step.name == steps.RESULTS for step in outcomes):
            # It was given up before, and is no failure any more.
            peak.insights.note_step_done(owner_id, meeting_id, steps.RESULTS, StepFacts(), run_id=run_id, duration_ms=0)
    outbox.mark_done(event_ids)
    return is_open


process_meeting = dg.define_asset_job(
    "process_meeting", selection=[transcript, summary, search_index, usage, results, scorecard]
)

"""Everything Dagster is told about."""

import dagster as dg

from pipelines.defs.billing.assets import usage
from pipelines.defs.departures.jobs import delete_account, deleted_accounts, departure_sweep
from pipelines.defs.housekeeping.assets import (
    deletion_sweep,
    event_log_retention,
    partition_retention,
    recording_retention,
)
from pipelines.defs.housekeeping.schedules import housekeeping, nightly_housekeeping
from pipelines.defs.insights.assets import journal, search_index, summary, transcript
from pipelines.defs.meetings.assets import process_meeting, results
from pipelines.defs.meetings.deletion import delete_meeting, deleted_meetings
from pipelines.defs.meetings.sensors import ended_calls, failed_runs, overdue_calls, stopped_runs, stranded_meetings
from pipelines.defs.notifications.sensors import reminders
from pipelines.defs.operations.sensors import alerting, failure_alerts
from pipelines.defs.progress.assets import progress
from pipelines.defs.progress.schedules import count_progress, hourly_progress
from pipelines.defs.recordings.assets import delivery, process_media, recording
from pipelines.defs.rooms.jobs import held_rooms, look_after_room
from pipelines.defs.scorecards.assets import score_again, scorecard
from pipelines.resources import PEAK, peak_services


@dg.definitions
def defs() -> dg.Definitions:
    return dg.Definitions(
        assets=[
            journal,
            transcript,
            summary,
            scorecard,
            search_index,
            usage,
            results,
            recording,
            delivery,
            progress,
            recording_retention,
            event_log_retention,
            partition_retention,
            deletion_sweep,
            departure_sweep,
        ],
        jobs=[
            process_meeting,
            process_media,
            score_again,
            delete_meeting,
            delete_account,
            look_after_room,
            housekeeping,
            count_progress,
        ],
        sensors=[
            ended_calls,
            overdue_calls,
            stranded_meetings,
            failed_runs,
            stopped_runs,
            deleted_meetings,
            reminders,
            deleted_accounts,
            held_rooms,
            failure_alerts,
            alerting,
        ],
        schedules=[nightly_housekeeping, hourly_progress],
        resources={PEAK: peak_services},
        # For every run, also those started from Dagster's page: another executor starts an interpreter for each step.
        executor=dg.in_process_executor,
    )

"""Which runs a person waits for: they go past Dagster's queue, and before all others in that of our workers."""

import dagster as dg

EVENT_TAG = "peak/event"
"""On every run that the end of a call has started; its value is the event's number."""
AWAITED_JOB = "process_meeting"


def is_awaited(run: dg.DagsterRun) -> bool:
    """Whether it makes the results of a call that has ended. Recordings, backfills and operators' runs may wait."""
    return run.job_name == AWAITED_JOB and EVENT_TAG in run.tags

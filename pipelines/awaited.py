"""Which runs a person waits for: they go past Dagster's queue, and before all others in that of our workers."""

import dagster as dg

from pipelines.tags import EVENT_TAG

AWAITED_JOB = "process_meeting"


def is_awaited(run: dg.DagsterRun) -> bool:
    """Whether it makes the results of a call that has ended. Recordings, backfills and operators' runs may wait."""
    return run.job_name == AWAITED_JOB and EVENT_TAG in run.tags

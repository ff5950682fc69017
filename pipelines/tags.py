"""Tags of runs, Dagster's and our own, and which runs are not over."""

from typing import Final

import dagster as dg

EVENT_TAG: Final = "peak/event"
"""On every run that the outbox has started; its value is the event's number."""
PARTITION_TAG: Final = "dagster/partition"
WILL_RETRY_TAG: Final = "dagster/will_retry"
PRIORITY_TAG: Final = "dagster/priority"
"""Of a step: the in-process executor takes ready ones in this order, the highest first."""

BUSY: Final = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
"""It waits or is under way: something will still come of it."""

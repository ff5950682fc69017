"""What is thrown away: recordings past their time, Dagster's old log lines, and partitions nobody looks at any more."""

import time
from datetime import timedelta
from uuid import UUID

import dagster as dg
import psycopg

from pipelines.defs.meetings.deletion import STAGES, Erasure
from pipelines.deletions import Deletions
from pipelines.instance import dagster_url
from pipelines.outbox import Outbox
from pipelines.partitions import meetings
from pipelines.resources import Peak
from pipelines.step import where, without_words

LOG_AGE = timedelta(days=30)
"""How long Dagster's log lines are kept. What says which asset exists for which meeting stays."""
PARTITION_AGE = timedelta(days=180)
"""Meetings older than this leave Dagster's pages, which get slow above 50 000; running one again brings it back."""

SWEPT_AGE = timedelta(days=2)

_PRUNE_LOG = """
delete from event_logs where timestamp < now() at time zone 'utc' - %(age)s and (dagster_event_type is null
  or dagster_event_type not in ('ASSET_MATERIALIZATION', 'ASSET_OBSERVATION', 'ASSET_MATERIALIZATION_PLANNED',
  'ASSET_CHECK_EVALUATION', 'ASSET_CHECK_EVALUATION_PLANNED', 'ASSET_FAILED_TO_MATERIALIZE', 'PIPELINE_START',
  'PIPELINE_SUCCESS', 'PIPELINE_FAILURE', 'PIPELINE_CANCELED', 'PIPELINE_ENQUEUED', 'PIPELINE_STARTING'))
"""
_PRUNE_QUEUE = "delete from peak_run_queue where finished_at < now() - %(age)s"


@dg.asset(group_name="housekeeping", kinds={"postgres"})
@without_words()
def recording_retention(peak: Peak) -> dg.MaterializeResult:
    """Recordings past their time are deleted, the file and what is known of it; so is what never became one."""
    owners = Outbox(peak.sessions).list_owners()
    deleted = sum(peak.recordings.delete_expired(owner_id) for owner_id in owners)
    left_overs = sum(peak.recordings.delete_left_overs(owner_id) for owner_id in owners)
    return dg.MaterializeResult(metadata={"deleted": deleted, "left_overs": left_overs})


@dg.asset(group_name="housekeeping", kinds={"postgres"})
@without_words()
def event_log_retention(peak: Peak) -> dg.MaterializeResult:
    """Dagster's own log lines and finished queue rows are deleted after 30 days; the state of every asset stays."""
    with psycopg.connect(dagster_url(peak.settings), autocommit=True, connect_timeout=5) as connection:
        lines = connection.execute(_PRUNE_LOG, {"age": LOG_AGE}).rowcount
        rows = connection.execute(_PRUNE_QUEUE, {"age": LOG_AGE}).rowcount
    return dg.MaterializeResult(metadata={"log_lines": lines, "queue_rows": rows})


@dg.asset(group_name="housekeeping", kinds={"postgres"})
@without_words()
def partition_retention(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Meetings older than half a year leave the list of partitions."""
    before_ms = round((time.time() - PARTITION_AGE.total_seconds()) * 1000)
    return dg.MaterializeResult(metadata={"retired": retire_partitions(context.instance, before_ms)})


@dg.asset(group_name="housekeeping", kinds={"postgres"})
@without_words()
def deletion_sweep(context: dg.AssetExecutionContext, peak: Peak) -> dg.MaterializeResult:
    """What came in late of meetings deleted in the last days is erased too. One that can't be holds up no other."""
    swept = failed = 0
    for deletion in Deletions(peak.sessions).each_done(SWEPT_AGE):
        try:
            receipt = peak.deletions.get_receipt(deletion.owner_id, deletion.receipt_id)
            for stage in STAGES:
                stage(Erasure(peak, context.instance, receipt))
            swept += 1
        except Exception as error:  # the boundary of each deletion
            context.log.warning("sweep of deletion %s: %s", deletion.event_id, where(error))
            failed += 1
    if failed:
        raise dg.Failure(f"{failed} of {swept + failed} deleted meetings could not be swept.")
    return dg.MaterializeResult(metadata={"meetings": swept})


def retire_partitions(instance: dg.DagsterInstance, before_ms: int) -> int:
    """Take meetings made before that time (ms since 1970) off the list. Gives how many."""
    name = meetings.name or ""
    old = [key for key in instance.get_dynamic_partitions(name) if _made_ms(key) < before_ms]
    for key in old:
        instance.delete_dynamic_partition(name, key)
    return len(old)


def _made_ms(key: str) -> int:
    # Ids are UUIDs of version 7: their first 48 bits are the time.
    try:
        return UUID(key).int >> 80
    except ValueError:
        return 0

"""What Dagster knows of a meeting: its runs with their events, and its partition. All of it can be forgotten."""

import time
from uuid import UUID

import dagster as dg
import psycopg

from pipelines import run_queue
from pipelines.partitions import meetings
from pipelines.tags import PARTITION_TAG

STOPPED_WITHIN_S = 20.0
_PAUSE_S = 0.2

# Dagster has no way to forget a partition; these are its own tables, of the pinned version.
_FORGET = (
    "delete from peak_run_queue where run_id = any(%(runs)s)",
    "delete from asset_check_executions where run_id = any(%(runs)s) or partition = %(key)s",
    """delete from asset_event_tags where event_id in (select id from event_logs
         where asset_key in (select asset_key from asset_keys) and partition = %(key)s)""",
    "delete from event_logs where asset_key in (select asset_key from asset_keys) and partition = %(key)s",
    # Of each asset Dagster keeps the last event, and a list of partitions that it makes anew when it is missing.
    """update asset_keys set last_materialization = replace(last_materialization, %(key)s, %(gone)s),
         cached_status_data = null where last_materialization like %(like)s or cached_status_data like %(like)s""",
    "update job_ticks set tick_body = replace(tick_body, %(key)s, %(gone)s) where tick_body like %(like)s",
)
_MENTIONS = "select run_id from runs where run_body like %(like)s"
_GONE = "deleted"


class StillRunning(Exception):
    """A run of the meeting did not end in time."""


def list_runs(instance: dg.DagsterInstance, meeting_id: UUID) -> list[dg.DagsterRun]:
    """Every run of the meeting, whatever became of it."""
    return list(instance.get_runs(dg.RunsFilter(tags={PARTITION_TAG: str(meeting_id)})))


def stop_runs(
    instance: dg.DagsterInstance, dagster_url: str, meeting_id: UUID, *, within_s: float = STOPPED_WITHIN_S
) -> None:
    """End every run of the meeting that waits or is under way, and see them ended.

    Raises:
        StillRunning: not in time.
    """
    deadline = time.monotonic() + within_s
    asked: set[str] = set()
    with psycopg.connect(dagster_url, autocommit=True, connect_timeout=5) as connection:
        while going := [run for run in list_runs(instance, meeting_id) if not _is_over(connection, run)]:
            for run in going:
                # A run that waits is taken back; one that is under way is asked, once, and ends where it is.
                if not run.is_finished and run.run_id not in asked:
                    asked.add(run.run_id)
                    instance.run_coordinator.cancel_run(run.run_id)
            if time.monotonic() > deadline:
                raise StillRunning
            time.sleep(_PAUSE_S)


def _is_over(connection: psycopg.Connection, run: dg.DagsterRun) -> bool:
    # Its process goes on writing for a moment after it has said how it ended.
    state = run_queue.find_state(connection, run.run_id)
    return run.is_finished and not (state and state.is_locked)


def forget(instance: dg.DagsterInstance, dagster_url: str, meeting_id: UUID) -> None:
    """Delete runs, events and partition of the meeting. Repeating it is harmless."""
    key = str(meeting_id)
    runs = [run.run_id for run in list_runs(instance, meeting_id)]
    values = {"runs": runs, "key": key, "gone": _GONE, "like": f"%{key}%"}
    with psycopg.connect(dagster_url, connect_timeout=5) as connection:
        for statement in _FORGET:
            connection.execute(statement.encode(), values)
    instance.delete_dynamic_partition(meetings.name or "", key)
    # Last: by its runs the meeting is found again, should this process end before.
    for run_id in runs:
        instance.delete_run(run_id)


def forget_mentions(instance: dg.DagsterInstance, dagster_url: str, person_id: UUID) -> None:
    """Delete the runs that were told of a person in their configuration, and the id in ticks. Repeating is harmless."""
    values = {"key": str(person_id), "gone": _GONE, "like": f"%{person_id}%"}
    with psycopg.connect(dagster_url, connect_timeout=5) as connection:
        told = connection.execute(_MENTIONS.encode(), values).fetchall()
        runs = [run_id for (run_id,) in told]
        for statement in (_FORGET[0], _FORGET[-1]):
            connection.execute(statement.encode(), {**values, "runs": runs})
    for run_id in runs:
        instance.delete_run(run_id)

"""How many runs wait and are under way, from Dagster's own database."""

from collections.abc import Iterator

import dagster as dg
import psycopg
import pytest
from prometheus_client import generate_latest

from peak_app.metrics.run_counts import RunCounts, counts_in
from pipelines.instance import dagster_url, prepare
from pipelines.metrics import REGISTRY, RunQueue
from pipelines.run_counts import count_runs
from pipelines.tags import BUSY
from tests.conftest import ScratchDatabase


@pytest.fixture
def instance(scratch_database: ScratchDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    for name in ("DAGSTER_HOME", "PEAK_DAGSTER_SQLALCHEMY_URL", "PEAK_DAGSTER_PLAIN_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("DAGSTER_RUN_STATUS_SENSOR_PROCESS_LIMIT", "25")
    prepare(scratch_database.settings)
    with dg.DagsterInstance.get() as instance:
        # Whoever had this database before may have left runs.
        instance.wipe()
        yield instance
        instance.wipe()


def test_runs_that_are_not_over_are_counted_with_their_backfills(
    instance: dg.DagsterInstance, scratch_database: ScratchDatabase
) -> None:
    url = dagster_url(scratch_database.settings)
    assert count_runs(url) == RunCounts(0, 0, 0, 0)
    runs = [(dg.DagsterRun(job_name="process_meeting"), status.value) for status in dg.DagsterRunStatus]
    of_backfill = {"dagster/backfill": "x"}
    runs += [(dg.DagsterRun(job_name="score_again", tags=of_backfill), status) for status in ("QUEUED", "SUCCESS")]
    with psycopg.connect(url, autocommit=True) as connection:
        for run, status in runs:
            instance.add_run(run)
            connection.execute("update runs set status = %s where run_id = %s", (status, run.run_id))
        for key, status in (("x", "REQUESTED"), ("y", "COMPLETED_SUCCESS")):
            connection.execute(
                "insert into bulk_actions (key, status, timestamp) values (%s, %s, now())", (key, status)
            )

    counts = count_runs(url)

    assert counts == RunCounts(waiting=4, running=2, backfill_runs=1, backfills=1)
    assert counts.waiting + counts.running == len(BUSY) + 1
    shown = RunQueue(lambda: count_runs(url))
    try:
        assert counts_in(generate_latest(REGISTRY).decode()) == counts
    finally:
        REGISTRY.unregister(shown)


def test_a_database_that_is_away_leaves_a_gap_not_a_zero() -> None:
    shown = RunQueue(lambda: count_runs("postgresql:///nowhere?host=/nonexistent"))
    try:
        assert list(shown.collect()) == []
    finally:
        REGISTRY.unregister(shown)

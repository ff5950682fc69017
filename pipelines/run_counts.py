"""How many runs wait and are under way, as Dagster's database says. Counts only."""

import psycopg

from peak_app.metrics.run_counts import RunCounts

# A run that was handed to a worker is starting, in Dagster's words, until one has taken it: it still waits.
_COUNT = """
select count(*) filter (where status in ('QUEUED', 'NOT_STARTED', 'STARTING')),
  count(*) filter (where status in ('STARTED', 'CANCELING')),
  count(backfill_id),
  (select count(*) from bulk_actions where status in ('REQUESTED', 'CANCELING', 'FAILING'))
from runs where status in ('QUEUED', 'NOT_STARTED', 'STARTING', 'STARTED', 'CANCELING')
"""


def count_runs(dagster_url: str) -> RunCounts:
    """Raises: psycopg.Error: Dagster's database does not answer."""
    with psycopg.connect(dagster_url, autocommit=True, connect_timeout=5) as connection:
        row = connection.execute(_COUNT).fetchone()
    assert row
    return RunCounts(*row)

"""How many runs of the pipeline wait and are under way: written as metrics by who knows, read by who shows it."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families

RUNS = "peak_dagster_runs"
BACKFILLS = "peak_dagster_backfills"


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Runs that are not over. `backfill_runs` are among both others."""

    waiting: int
    running: int
    backfill_runs: int
    backfills: int
    """Which are not over either."""


def metrics_of(counts: RunCounts) -> Iterator[Metric]:
    runs = GaugeMetricFamily(RUNS, "Runs of the pipeline that are not over.", labels=("state",))
    runs.add_metric(("waiting",), counts.waiting)
    runs.add_metric(("running",), counts.running)
    runs.add_metric(("of_backfills",), counts.backfill_runs)
    yield runs
    yield GaugeMetricFamily(BACKFILLS, "Backfills that are not over.", value=counts.backfills)


def counts_in(text: str) -> RunCounts | None:
    """What a process shows at `/metrics`; None: it does not say. Raises: ValueError: this is no such text."""
    found = {
        (sample.name, sample.labels.get("state", "")): int(sample.value)
        for family in text_string_to_metric_families(text)
        if family.name in (RUNS, BACKFILLS)
        for sample in family.samples
    }
    try:
        waiting, running, backfill_runs = (found[RUNS, state] for state in ("waiting", "running", "of_backfills"))
        return RunCounts(waiting, running, backfill_runs, found[BACKFILLS, ""])
    except KeyError:
        return None

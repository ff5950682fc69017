"""What the processes of the pipeline count for Prometheus. Each shows what it knows; labels are names of ours.

Steps run in forked children that end with their run, so they tell the worker through a pipe how long each step took.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Literal, get_args

import psycopg
from prometheus_client import Counter, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from peak_app.domain.insights.steps import STEPS
from peak_app.metrics.page import new_registry
from peak_app.metrics.run_counts import RunCounts, metrics_of
from pipelines.outbox import Outbox

REGISTRY = new_registry()

RESULTS = frozenset({"success", "failure", "canceled"})
"""How a run can end; anything else is `other`: its process died, or Dagster does not know it any more."""
StepResult = Literal["done", "failed", "again"]
"""`again`: it will be tried again."""

runs = Counter("peak_pipeline_runs", "Runs that this worker has ended.", ("result",), registry=REGISTRY)
step_duration = Histogram(
    "peak_pipeline_step_seconds",
    "Duration of a step.",
    ("step", "result"),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 60, 180),
    registry=REGISTRY,
)


class StepReports:
    """The pipe between runs and their worker. One for the process, made before the first fork."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        # A worker that does not read must not hold up a run.
        os.set_blocking(self._write, False)

    def fileno(self) -> int:
        return self._read

    def tell(self, step: str, result: StepResult, seconds: float) -> None:
        """In the child: a step is over."""
        # So short a line reaches a pipe in one piece, whoever else writes.
        with suppress(OSError):
            os.write(self._write, f"{step} {result} {seconds:.3f}\n".encode())

    def take(self) -> None:
        """In the worker: count what has been told."""
        try:
            told = os.read(self._read, 65_536)
        except BlockingIOError:
            return
        for line in told.decode("ascii", "replace").splitlines():
            words = line.split(" ")
            if len(words) == 3 and words[0] in STEPS and words[1] in get_args(StepResult):
                step_duration.labels(words[0], words[1]).observe(float(words[2]))


@cache
def step_reports() -> StepReports:
    """Of this process; a worker makes it before it forks, so that its children have the same."""
    return StepReports()


class OutboxBacklog(Collector):
    """Calls that ended and whose results are not made, asked of the database at each reading."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        REGISTRY.register(self)

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        try:
            count, oldest_s = self._outbox.measure_backlog()
        except SQLAlchemyError:
            # No value says more than a wrong one.
            return
        yield GaugeMetricFamily("peak_outbox_events", "Ended calls that wait for their results.", value=count)
        yield GaugeMetricFamily("peak_outbox_oldest_seconds", "Age of the oldest of them; 0 of none.", value=oldest_s)


class RunQueue(Collector):
    """Dagster's runs that wait and are under way, asked of its database at each reading."""

    def __init__(self, count: Callable[[], RunCounts]) -> None:
        self._count = count
        REGISTRY.register(self)

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        try:
            counts = self._count()
        except psycopg.Error:
            return
        yield from metrics_of(counts)


class DaemonBeats(Collector):
    """How long ago Dagster's daemons showed themselves, as its database says."""

    def __init__(self, beats: Callable[[], Mapping[str, float]]) -> None:
        """`beats` gives seconds since the epoch by daemon; it is called at each reading."""
        self._beats = beats
        REGISTRY.register(self)

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "peak_daemon_beat_age_seconds", "Time since a daemon of Dagster showed itself.", labels=("daemon",)
        )
        try:
            beats = self._beats()
        except SQLAlchemyError:
            return
        for kind, at in beats.items():
            family.add_metric((kind.lower(),), max(0.0, time.time() - at))
        yield family

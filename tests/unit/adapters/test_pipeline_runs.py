"""Dagster's queue as the web process reads it: over HTTP, from a listener that shows real metrics."""

from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.registry import Collector

from peak_app.adapters.operator_ui.runs import PipelineRuns
from peak_app.config import Settings
from peak_app.metrics.listener import MetricsListener
from peak_app.metrics.run_counts import RunCounts, metrics_of
from tests.ports import free_port

COUNTS = RunCounts(waiting=3, running=1, backfill_runs=2, backfills=1)


class Shown(Collector):
    def collect(self):
        return metrics_of(COUNTS)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def runs(registry: CollectorRegistry, settings_for_tests: Callable[..., Settings]) -> PipelineRuns:
    listener = MetricsListener(registry, 0, None)
    listener.serve_in_thread()
    return PipelineRuns(settings_for_tests(ops_url=f"http://127.0.0.1:{listener.port}"))


def test_the_counts_are_read_from_the_operator_ui(runs: PipelineRuns, registry: CollectorRegistry) -> None:
    registry.register(Shown())
    assert runs.fetch() == COUNTS


def test_without_them_in_its_metrics_nothing_is_known(runs: PipelineRuns) -> None:
    assert runs.fetch() is None


def test_where_nobody_answers_nothing_is_known(settings_for_tests: Callable[..., Settings]) -> None:
    assert PipelineRuns(settings_for_tests(ops_url=f"http://127.0.0.1:{free_port()}")).fetch() is None

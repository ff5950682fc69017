"""Counts of runs as metrics, and back."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector

from peak_app.metrics.run_counts import RunCounts, counts_in, metrics_of

COUNTS = RunCounts(waiting=14, running=2, backfill_runs=13, backfills=1)


class Shown(Collector):
    def collect(self):
        return metrics_of(COUNTS)


def text() -> str:
    registry = CollectorRegistry()
    registry.register(Shown())
    return generate_latest(registry).decode()


def test_what_is_written_is_what_is_read() -> None:
    assert counts_in(text()) == COUNTS


def test_nothing_is_made_up_where_a_count_is_missing() -> None:
    lines = text().splitlines()
    for line in (line for line in lines if not line.startswith("#")):
        assert counts_in("\n".join(other for other in lines if other != line)) is None
    assert counts_in("") is None


def test_another_text_is_refused() -> None:
    with pytest.raises(ValueError, match="html"):
        counts_in("<html><body>Sign in</body></html>")

"""Dagster's queue, as the operator UI shows it in its metrics: the web process has no address of Dagster's database."""

import httpx

from peak_app.config import Settings
from peak_app.metrics.page import METRICS_PATH
from peak_app.metrics.run_counts import RunCounts, counts_in

_WITHIN_S = 3.0


class PipelineRuns:
    """Reads as any program on this machine may: the operator UI listens on loopback."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.ops_url.rstrip('/')}{METRICS_PATH}"

    def fetch(self) -> RunCounts | None:
        """None: it does not answer, or can't tell right now."""
        try:
            answer = httpx.get(self._url, timeout=_WITHIN_S, trust_env=False)
            return counts_in(answer.text) if answer.status_code == httpx.codes.OK else None
        except (httpx.HTTPError, ValueError):
            return None

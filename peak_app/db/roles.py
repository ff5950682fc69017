"""Names of the database's roles. Neither owns a table nor bypasses row-level security."""

from typing import Final

WEB: Final = "peak_web"
"""The web process."""
WORKER: Final = "peak_worker"
"""Bridges and pipelines."""

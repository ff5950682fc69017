"""The pipeline's processes on this machine."""

from importlib.metadata import version

from peak_app.cli.checks.finding import Finding
from peak_app.cli.checks.processes import processes
from peak_app.config import Settings
from peak_app.heartbeat import beating_names


def pipeline(settings: Settings) -> Finding:
    names = (*beating_names(settings), "operator_ui")
    return processes(settings, "Dagster", names, version=f"Dagster {version('dagster')}")

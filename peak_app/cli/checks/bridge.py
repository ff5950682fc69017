"""The bridge of this machine, which holds the calls."""

from importlib.metadata import version

from peak_app.cli.checks.finding import Finding
from peak_app.cli.checks.processes import processes
from peak_app.config import Settings


def bridge(settings: Settings) -> Finding:
    return processes(settings, "Bridge", ("bridge",), version=f"aiortc {version('aiortc')}")

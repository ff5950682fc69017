"""Dagster's daemon: ticks sensors and schedules, takes runs from the queue, looks after runs whose process died."""

import signal
import sys
import time
from functools import cached_property

import dagster._daemon.sensor as sensor_daemon
from dagster import DagsterInstance
from dagster._daemon.cli import run_command

from peak_app.config import Settings, settings
from peak_app.metrics.listener import open_listener
from pipelines.code_server import is_serving
from pipelines.instance import prepare, socket_path, workspace_path
from pipelines.log_lines import print_log
from pipelines.metrics import REGISTRY, DaemonBeats
from pipelines.pulse import Pulse

LOOP_S = 0.2
"""How often sensors are looked at. Dagster has no setting for it, and 5 s is long after hanging up."""
CODE_SERVER_WAIT_S = 60.0
_STALE_S = 90.0
_WATCHED = frozenset({"SENSOR", "QUEUED_RUN_COORDINATOR"})


class DaemonLife:
    """Whether the daemon's threads have shown themselves lately, as they do in Dagster's database."""

    def __init__(self) -> None:
        self._started = time.time()

    @cached_property
    def _instance(self) -> DagsterInstance:
        return DagsterInstance.get()

    def beats(self) -> dict[str, float]:
        """When each daemon of Dagster last showed itself, in seconds since the epoch."""
        return {kind: beat.timestamp for kind, beat in self._instance.get_daemon_heartbeats().items()}

    def is_alive(self) -> bool:
        newest = self.beats()
        now = time.time()
        return all(now - max(newest.get(kind, 0.0), self._started) < _STALE_S for kind in _WATCHED)


def wait_for_code_server(product: Settings) -> None:
    """Return when the code server answers, or after a minute: the daemon goes on trying by itself."""
    deadline = time.monotonic() + CODE_SERVER_WAIT_S
    while time.monotonic() < deadline and not is_serving(str(socket_path(product))):
        time.sleep(0.2)


def main() -> None:
    product = settings()
    print_log(product)
    # Dagster maps SIGTERM to whatever SIGINT does, and a shell starts background processes with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    prepare(product)
    if product.has_warm_workers:
        sensor_daemon.MIN_INTERVAL_LOOP_TIME = LOOP_S  # pyright: ignore[reportAttributeAccessIssue]  # a constant to Dagster
    life = DaemonLife()
    Pulse(product, "daemon", life.is_alive).start()
    DaemonBeats(life.beats)
    if listener := open_listener(REGISTRY, product):
        listener.serve_in_thread()
    wait_for_code_server(product)
    arguments = ["--workspace", str(workspace_path(product)), "--log-level", "warning"]
    sys.exit(run_command.main(arguments, standalone_mode=False))


if __name__ == "__main__":
    main()

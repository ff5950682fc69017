"""Dagster's code server: answers what assets, jobs and sensors there are, and evaluates sensors."""

import signal
import sys
from pathlib import Path

from dagster._cli.api import grpc_command
from dagster._grpc.client import DagsterGrpcClient

from peak_app.config import settings
from peak_app.metrics.listener import open_listener
from peak_app.wiring import services
from pipelines.instance import LOCATION, prepare, socket_path
from pipelines.log_lines import print_log
from pipelines.metrics import REGISTRY, OutboxBacklog
from pipelines.outbox import Outbox
from pipelines.pulse import Pulse


def is_serving(socket: str) -> bool:
    """Whether the server on this socket answers."""
    # The client prints a traceback where nothing listens yet.
    if not Path(socket).exists():
        return False
    return DagsterGrpcClient(socket=socket).health_check_query() == "SERVING"


def main() -> None:
    product = settings()
    print_log(product)
    # Dagster maps SIGTERM to whatever SIGINT does, and a shell starts background processes with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    prepare(product)
    socket = str(socket_path(product))
    Pulse(product, "code_server", lambda: is_serving(socket)).start()
    OutboxBacklog(Outbox(services("worker").sessions))
    if listener := open_listener(REGISTRY, product):
        listener.serve_in_thread()
    arguments = ["--socket", socket, "--module-name", "pipelines.definitions", "--location-name", LOCATION]
    sys.exit(grpc_command.main([*arguments, "--log-level", "warning"], standalone_mode=False))


if __name__ == "__main__":
    main()

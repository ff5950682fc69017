"""Dagster's code server: answers what assets, jobs and sensors there are, and evaluates sensors."""

import logging
import signal
import sys

from dagster._cli.api import grpc_command
from dagster._grpc.client import DagsterGrpcClient

from peak_app.config import settings
from pipelines.instance import LOCATION, prepare, socket_path
from pipelines.pulse import Pulse


def is_serving(socket: str) -> bool:
    """Whether the server on this socket answers."""
    return DagsterGrpcClient(socket=socket).health_check_query() == "SERVING"


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    product = settings()
    # Dagster maps SIGTERM to whatever SIGINT does, and a shell starts background processes with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    prepare(product)
    socket = str(socket_path(product))
    Pulse(product, "code_server", lambda: is_serving(socket)).start()
    arguments = ["--socket", socket, "--module-name", "pipelines.definitions", "--location-name", LOCATION]
    sys.exit(grpc_command.main([*arguments, "--log-level", "warning"], standalone_mode=False))


if __name__ == "__main__":
    main()

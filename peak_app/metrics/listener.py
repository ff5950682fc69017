"""`/metrics` of a process that has no HTTP of its own: a socket on loopback, answered without threads or in one."""

import logging
import select
import socket
import threading
import time
from contextlib import suppress

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from peak_app.config import Settings
from peak_app.metrics.access import may_read
from peak_app.metrics.page import METRICS_PATH, REFUSAL

log = logging.getLogger(__name__)

_ANSWER_WITHIN_S = 0.5
"""Longest time one reader may take; the process has other work."""
_HEAD_LIMIT = 8 * 1024
_MOST_WAITING = 8


class MetricsListener:
    """Readers are answered one after the other, by `answer_waiting` whenever the socket is readable."""

    def __init__(self, registry: CollectorRegistry, port: int, token: str | None) -> None:
        """Raises: OSError: the port is taken."""
        self._registry = registry
        self._token = token
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(("127.0.0.1", port))
            self._socket.listen(_MOST_WAITING)
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise

    @property
    def port(self) -> int:
        return self._socket.getsockname()[1]

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def answer_waiting(self) -> None:
        """Answer whoever waits. Blocks for as long as they take, at most half a second each."""
        for _ in range(_MOST_WAITING):
            try:
                connection, (peer, _port) = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self._answer(connection, peer)

    def serve_in_thread(self) -> None:
        """For processes that never fork; ends with the process."""
        threading.Thread(target=self._serve, name="metrics", daemon=True).start()

    def _serve(self) -> None:
        while True:
            select.select([self], [], [])
            try:
                self.answer_waiting()
            except Exception as error:  # the boundary of this thread: a collector that fails costs one reading
                log.warning("metrics not shown: %s", type(error).__name__)

    def _answer(self, connection: socket.socket, peer: str) -> None:
        deadline = time.monotonic() + _ANSWER_WITHIN_S
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _HEAD_LIMIT:
            connection.settimeout(max(0.001, deadline - time.monotonic()))
            piece = connection.recv(4096)
            if not piece or time.monotonic() > deadline:
                return
            head += piece
        status, media_type, text = self._respond(head.partition(b"\r\n\r\n")[0], peer)
        fields = f"content-type: {media_type}\r\ncontent-length: {len(text)}\r\nconnection: close\r\n"
        connection.settimeout(_ANSWER_WITHIN_S)
        connection.sendall(f"HTTP/1.1 {status}\r\n{fields}\r\n".encode() + text)

    def _respond(self, head: bytes, peer: str) -> tuple[str, str, bytes]:
        first, *lines = head.split(b"\r\n")
        split = (line.partition(b":") for line in lines)
        headers = [(name.strip().lower(), value.strip()) for name, _, value in split]
        words = first.split(b" ")
        plain = "text/plain; charset=utf-8"
        if len(words) != 3 or words[0] != b"GET" or words[1].partition(b"?")[0] != METRICS_PATH.encode():
            return "404 Not Found", plain, b"There is nothing here but /metrics.\n"
        if not may_read(peer, headers, self._token):
            return "401 Unauthorized", plain, REFUSAL.encode()
        accepted = next((value.decode("latin-1") for name, value in headers if name == b"accept"), "")
        encode, media_type = choose_encoder(accepted)
        return "200 OK", media_type, encode(self._registry)


def open_listener(registry: CollectorRegistry, settings: Settings) -> MetricsListener | None:
    """The listener on the port the launcher gave; None without one. A port that is taken is no reason not to work."""
    if settings.metrics_port is None:
        return None
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    try:
        return MetricsListener(registry, settings.metrics_port, token)
    except OSError as error:
        log.warning("no metrics: port %d is taken (%s)", settings.metrics_port, error.strerror)
        return None

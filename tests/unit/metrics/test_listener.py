"""Metrics of a process without HTTP of its own."""

import os
import socket
import threading
import time
from collections.abc import Callable

import httpx
import pytest
from prometheus_client import Counter

from peak_app.config import Settings
from peak_app.metrics.listener import MetricsListener, open_listener
from peak_app.metrics.page import new_registry
from tests.ports import free_port


@pytest.fixture
def listener() -> MetricsListener:
    registry = new_registry()
    Counter("peak_things", "Things.", registry=registry).inc(3)
    made = MetricsListener(registry, 0, "reader")
    made.serve_in_thread()
    return made


def read(listener: MetricsListener, path: str = "/metrics", **headers: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{listener.port}{path}", headers=headers, trust_env=False, timeout=5)


def test_it_shows_the_registry(listener: MetricsListener) -> None:
    answer = read(listener)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "peak_things_total 3.0" in answer.text.splitlines()
    assert "process_cpu_seconds_total" in answer.text


def test_prometheus_gets_the_form_it_asks_for(listener: MetricsListener) -> None:
    answer = read(listener, accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_strangers_are_refused(listener: MetricsListener) -> None:
    assert read(listener, host="peak.example").status_code == 401
    assert read(listener, **{"x-forwarded-for": "203.0.113.9"}).status_code == 401
    assert read(listener, host="peak.example", authorization="Bearer reader").status_code == 200


def test_there_is_nothing_else(listener: MetricsListener) -> None:
    assert read(listener, "/").status_code == 404
    assert httpx.post(f"http://127.0.0.1:{listener.port}/metrics", trust_env=False).status_code == 404


@pytest.mark.parametrize(
    "sent", [b"", b"\r\n\r\n", b"GET\r\n\r\n", b"x" * 20_000, b"GET /metrics HTTP/1.1\r\n:\r\n\r\n"]
)
def test_nonsense_and_silence_hold_nobody_up(listener: MetricsListener, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as connection:
        connection.sendall(sent)
        started = time.monotonic()
        assert read(listener).status_code == 200
    assert time.monotonic() - started < 2


def test_who_drips_is_cut_off(listener: MetricsListener) -> None:
    stop = threading.Event()
    with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as connection:

        def drip() -> None:
            while not stop.wait(0.1):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        started = time.monotonic()
        assert read(listener).status_code == 200
        assert time.monotonic() - started < 2
        stop.set()
        thread.join()


def test_a_port_that_is_taken_does_not_stop_the_process(settings_for_tests: Callable[..., Settings]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert open_listener(new_registry(), settings_for_tests(metrics_port=other.getsockname()[1])) is None
    assert open_listener(new_registry(), settings_for_tests()) is None


def test_a_child_that_closes_it_leaves_it_to_the_parent(settings_for_tests: Callable[..., Settings]) -> None:
    made = open_listener(new_registry(), settings_for_tests(metrics_port=free_port()))
    assert made is not None
    pid = os.fork()
    if pid == 0:
        made.close()
        os._exit(0)
    os.waitpid(pid, 0)
    made.serve_in_thread()
    assert read(made).status_code == 200

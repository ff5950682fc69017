"""A real embedded AI server in a process of its own, for tests that talk to it over the network."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx

from tests.ports import free_port

_ROOT = Path(__file__).parent.parent
_START_S = 60


@dataclass(frozen=True, slots=True)
class AiProcess:
    """Where the server is and what it has written to its log."""

    port: int
    pid: int
    log_path: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def voice_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1"

    def log(self) -> str:
        return self.log_path.read_text()


@contextmanager
def ai_process(folder: Path, **environment: str) -> Iterator[AiProcess]:
    """Start the server in `folder`, wait until it is healthy, and end it afterwards."""
    port = free_port()
    log_path = folder / f"ai-{port}.log"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PEAK_", "OPENAI_"))}
    command = [sys.executable, "-m", "peak_app.embedded.ai_server", "--host", "127.0.0.1", "--port", str(port)]
    with log_path.open("w") as log:
        process = subprocess.Popen(
            command,
            # Another working folder, so that the developer's own .env is not read.
            cwd=folder,
            env={**inherited, "PYTHONPATH": str(_ROOT), **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_healthy(process, port, log_path)
            yield AiProcess(port, process.pid, log_path)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int, log_path: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the AI server ended at start: {log_path.read_text()}")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the AI server did not become healthy in time")


def human_speech() -> Path:
    """A recording of a person reading, 44 s at 48 kHz, that comes with the recogniser."""
    spec = find_spec("moonshine_voice")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "assets" / "two_cities.wav"

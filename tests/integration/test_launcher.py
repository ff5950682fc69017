"""`peak up` as a process of its own, over the stage of `launcher_stage`."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from peak_app.cli.left_overs import MARK
from peak_app.cli.paths import ROOT
from tests.ports import free_port

_WITHIN_S = 60.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.05)


class Launcher:
    """A home of its own, and the launchers started for it."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.port = free_port()
        self.output = root / "output"
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, *, ignoring_sigint: bool = False, **environment: str) -> subprocess.Popen[bytes]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_"))}
        told = {"PEAK_HOME": str(self.home), "PEAK_PORT": str(self.port)} | environment
        command = [sys.executable, "-m", "tests.integration.launcher_stage"]
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                # What a launcher finds that a shell started in the background.
                ["/bin/sh", "-c", ("trap '' INT; " if ignoring_sigint else "") + 'exec "$@"', "sh", *command],
                cwd=ROOT,
                env=inherited | told,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._started.append(process)
        return process

    def start_and_wait(self, *, ignoring_sigint: bool = False) -> subprocess.Popen[bytes]:
        process = self.start(ignoring_sigint=ignoring_sigint)
        until(lambda: self.said(f"Ready: http://127.0.0.1:{self.port}\n") or process.poll() is not None)
        assert process.poll() is None, self.output.read_text()
        return process

    def running(self) -> subprocess.Popen[bytes]:
        """The one that runs, or a new one."""
        last = self._started[-1] if self._started else None
        return last if last and last.poll() is None else self.start_and_wait()

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        self._started.remove(process)

    def said(self, text: str) -> bool:
        return text in self.output.read_text()

    def components(self) -> dict[str, dict]:
        document = json.loads((self.home / "run" / "components.json").read_text())
        return {component["name"]: component for component in document["components"]}

    def all_ready_again(self, names: set[str]) -> bool:
        components = self.components()
        return all(part["state"] == "ready" for part in components.values()) and all(
            components[name]["restarts"] for name in names
        )

    def processes(self) -> list[psutil.Process]:
        """Everything that works for this home, however far from the launcher."""
        found = []
        for process in psutil.process_iter():
            try:
                is_ours = process.environ().get(MARK) == str(self.home)
                if is_ours or any(str(self.home) in argument for argument in process.cmdline()):
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found

    def instance(self) -> dict:
        return json.loads((self.home / "run" / "instance.json").read_text())

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=_WITHIN_S)
        until(lambda: not self.processes())


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    """One home for the module: its database is made once."""
    with tempfile.TemporaryDirectory(prefix="peak-launch-") as name:
        Path(name).chmod(0o755)
        launcher = Launcher(Path(name))
        yield launcher
        launcher.end()


def test_it_starts_everything_and_says_where(launcher: Launcher):
    launcher.running()
    components = launcher.components()
    assert set(components) == {"postgres", "ai", "bridge", "web"}
    assert {part["state"] for part in components.values()} == {"ready"}
    assert all(psutil.pid_exists(part["pid"]) for part in components.values())
    assert launcher.said("bridge     | bridge listens\n")
    assert (launcher.home / "logs" / "bridge.log").read_text().endswith("bridge listens\n")


def test_each_process_knows_only_the_database_address_it_needs(launcher: Launcher):
    launcher.running()
    ports = launcher.instance()["ports"]

    def environment(port: int) -> dict[str, str]:
        lines = httpx.get(f"http://127.0.0.1:{port}/environment").text.splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    web, ai = environment(launcher.port), environment(ports["ai"])
    assert web["PEAK_DATABASE_WEB_URL"].startswith("postgresql://peak_web:")
    assert "peak_owner" not in str(web)
    assert "postgresql://" not in str(ai)
    assert web["PEAK_AI_URL"] == f"http://127.0.0.1:{ports['ai']}"
    assert "postgresql://" not in launcher.output.read_text()


def test_a_second_one_for_the_same_home_is_refused_and_the_first_runs_on(launcher: Launcher):
    first = launcher.running()
    output = launcher.output
    launcher.output = output.with_name("second")
    second = launcher.start()
    try:
        assert second.wait(timeout=_WITHIN_S) == 1
        assert launcher.output.read_text() == (
            f"PeakInterviewsAI already runs for {launcher.home} at http://127.0.0.1:{launcher.port}.\n"
        )
    finally:
        launcher.output = output
        launcher.forget(second)
    assert first.poll() is None
    assert httpx.get(f"http://127.0.0.1:{launcher.port}/ping").text == "ok"


def test_killed_processes_come_back_on_the_same_ports(launcher: Launcher):
    launcher.running()
    before = launcher.components()
    for name in ("postgres", "bridge", "web"):
        os.kill(before[name]["pid"], signal.SIGKILL)
    until(lambda: launcher.all_ready_again({"postgres", "bridge", "web"}))
    assert launcher.components()["ai"]["pid"] == before["ai"]["pid"]
    assert httpx.get(f"http://127.0.0.1:{launcher.port}/ping").text == "ok"
    assert launcher.said("postgres   | ended by SIGKILL; starting again in 0.2 s\n")


def test_it_stops_without_a_trace(launcher: Launcher):
    process = launcher.running()
    # A grandchild of the bridge left its process group, and must go as well.
    assert any("time.sleep(600)" in " ".join(part.cmdline()) for part in launcher.processes())
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=_WITHIN_S) == 0
    assert launcher.processes() == []
    assert {part["state"] for part in launcher.components().values()} == {"stopped"}


def test_a_killed_launcher_leaves_nothing_and_the_next_one_starts_on_its_ports(launcher: Launcher):
    first = launcher.start_and_wait()
    ports = launcher.instance()["ports"]
    first.kill()
    first.wait()
    # Started at once, while the watchdog still cleans up.
    second = launcher.start_and_wait()
    assert launcher.instance()["ports"] == ports
    mine = {part.pid for part in psutil.Process(second.pid).children(recursive=True)}
    strangers = [part for part in launcher.processes() if part.pid not in mine and part.pid != second.pid]
    # The grandchild in a session of its own is a child of the bridge still.
    assert strangers == []
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=_WITHIN_S) == 0


def test_ctrl_c_works_for_a_launcher_whose_shell_told_it_to_ignore_it(launcher: Launcher):
    process = launcher.start_and_wait(ignoring_sigint=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=_WITHIN_S) == 0
    assert launcher.processes() == []


def test_a_taken_port_is_one_sentence(launcher: Launcher):
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(launcher.port), "--bind", "127.0.0.1"], stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: any(c.laddr.port == launcher.port for c in psutil.Process(server.pid).net_connections("tcp")))
        process = launcher.start()
        assert process.wait(timeout=_WITHIN_S) == 1
        assert launcher.output.read_text() == (
            f"Port {launcher.port} is taken by another program; set PEAK_PORT to a free one.\n"
        )
    finally:
        server.terminate()
        server.wait()

"""Processes that the benchmark starts: their readiness, their processor time, their memory, and their end."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from peak_app.cli.paths import ROOT

READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 8.0

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True)
class Child:
    """One process and all that it starts."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] = os.environ,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> "Child":
        """`folder` takes its log."""
        log = folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the benchmark, which stops it.
                start_new_session=True,
            )
        return cls(name, process, log, stop_signal)

    async def wait_ready(self, port: int) -> None:
        """Until it listens there.

        Raises:
            RuntimeError: it ended, or takes too long; with the end of its log.
        """
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
        raise RuntimeError(f"{self.name} does not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def cpu_s(self) -> float:
        """User and system time so far."""
        return self._sum(lambda process: sum(process.cpu_times()[:2]))

    def memory_mb(self) -> float:
        """Resident memory now."""
        return self._sum(lambda process: process.memory_info().rss) / 2**20

    async def stop(self) -> None:
        family = self._family()
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                await asyncio.to_thread(self.process.wait, STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        for process in family:
            # Whoever outlives the one that started it.
            if process.pid != self.process.pid and process.is_running():
                process.kill()
        await asyncio.to_thread(self.process.wait)

    def _family(self) -> list[psutil.Process]:
        try:
            head = psutil.Process(self.process.pid)
            return [head, *head.children(recursive=True)]
        except psutil.Error:
            return []

    def _sum(self, measure: Callable[[psutil.Process], _Number]) -> _Number:
        total = measure(self._family()[0]) * 0
        for process in self._family():
            try:
                total += measure(process)
            except psutil.Error:
                continue
        return total

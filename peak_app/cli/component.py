"""What the supervisor keeps alive, and how each of them fares."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from peak_app.cli.probes import Probe


class State(StrEnum):
    """Of a component, for people and for the page's health check."""

    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A process to keep running, or (without `probe`) a command to run to its end once.

    It starts when all of `after` were ready once, and is stopped before all of `after` and `uses`.
    `before_start` and `on_answer` block and run in a thread: the first before each start, the second when the probe
    succeeds and before anyone is told.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    probe: Probe | None
    after: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    hasten_signal: signal.Signals = signal.SIGKILL
    stop_within_s: float = 8.0
    ready_within_s: float = 180.0
    folder: Path = Path("/")
    spawn_options: Mapping[str, Any] = field(default_factory=dict)
    before_start: Callable[[], object] | None = None
    on_answer: Callable[[], object] | None = None

    @property
    def is_task(self) -> bool:
        return self.probe is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Work of the supervisor itself that must succeed once; it blocks and runs in a thread."""

    name: str
    work: Callable[[], object]
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """How a component fares at a moment."""

    state: State
    pid: int | None
    restarts: int
    since: datetime

    @classmethod
    def of(cls, state: State, pid: int | None = None, restarts: int = 0) -> "Condition":
        return cls(state, pid, restarts, datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next try, after so many failures in a row."""

    first_s: float = 0.2
    longest_s: float = 10.0
    failed_after: int = 6
    failed_every_s: float = 30.0

    def delay_s(self, failures: int) -> float:
        if self.is_failed(failures):
            return self.failed_every_s
        return min(self.longest_s, self.first_s * 2 ** max(0, failures - 1))

    def is_failed(self, failures: int) -> bool:
        return failures >= self.failed_after

"""The folder `<home>/run`: which launcher works for this home, on which ports, and how its processes fare."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

# Create times are computed from the boot time, which the system may adjust a little.
_SAME_START_S = 2.0


class AlreadyRunning(RuntimeError):
    """Another launcher works for this home."""


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process id together with its start, since ids are used again. `created` is seconds since the epoch."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> "ProcessMark":
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return cls(pid, 0.0)

    def find(self) -> psutil.Process | None:
        """The process, if it is still the same one and not a zombie."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < _SAME_START_S
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None


@dataclass(slots=True)
class Instance:
    """What a launcher tells other programs about itself. Ports are those of 127.0.0.1."""

    supervisor: ProcessMark
    origin: str
    port: int
    ports: dict[str, int]
    ai_url: str | None
    processes: dict[str, ProcessMark] = field(default_factory=dict)
    is_stopped: bool = False

    def is_alive(self) -> bool:
        return not self.is_stopped and self.supervisor.find() is not None


class RunFolder:
    """Reads and writes the files of `<home>/run`. Every write is atomic and for the owner only."""

    def __init__(self, home: Path) -> None:
        self.path = home / "run"

    @property
    def lock_path(self) -> Path:
        return self.path / "lock"

    def write_instance(self, instance: Instance) -> None:
        self._write("instance.json", asdict(instance))

    def read_instance(self) -> Instance | None:
        """The last launcher of this home, running or not; None when there never was one."""
        found = self._read("instance.json")
        try:
            return Instance(
                supervisor=ProcessMark(**found["supervisor"]),
                origin=str(found["origin"]),
                port=int(found["port"]),
                ports={str(name): int(port) for name, port in found["ports"].items()},
                ai_url=found["ai_url"],
                processes={name: ProcessMark(**mark) for name, mark in found["processes"].items()},
                is_stopped=bool(found["is_stopped"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def write_components(self, components: list[dict[str, Any]]) -> None:
        self._write("components.json", {"components": components})

    def read_components(self) -> list[dict[str, Any]]:
        found = self._read("components.json")
        return found["components"] if isinstance(found, dict) and isinstance(found.get("components"), list) else []

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Be the only launcher of this home; gives the lock's file descriptor, which a child may keep open.

        Raises:
            AlreadyRunning: someone else is.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning from None
            yield lock
        finally:
            os.close(lock)

    def _write(self, name: str, content: dict[str, Any]) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        draft = self.path / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            json.dump(content, stream, indent=1)
        draft.replace(self.path / name)

    def _read(self, name: str) -> Any:
        try:
            return json.loads((self.path / name).read_text())
        except (OSError, ValueError):
            return None

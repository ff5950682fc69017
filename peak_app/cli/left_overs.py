"""Find and end processes of a launcher that is gone. Light to import: the watchdog lives on it."""

import contextlib
import os
import signal
from collections.abc import Iterable
from pathlib import Path

import psutil

from peak_app.cli.run_folder import RunFolder

MARK = "_PEAK_INSTANCE"
"""Variable that marks every process below a launcher with the home folder it works for."""

POSTGRES = "postgres"


def marked_processes(home: Path) -> list[psutil.Process]:
    """Processes that carry this home's mark in their environment: ours, their children, and so on."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid not in own and process.environ().get(MARK) == str(home):
                found.append(process)
    return found


def end(processes: Iterable[psutil.Process], *, first: signal.Signals, grace_s: float) -> list[psutil.Process]:
    """Signal each process, wait, and give back those that are still there."""
    waiting = list(processes)
    for process in waiting:
        with contextlib.suppress(psutil.Error):
            process.send_signal(first)
    return psutil.wait_procs(waiting, timeout=grace_s)[1]


def end_left_overs(home: Path, *, grace_s: float = 8.0) -> int:
    """End everything a launcher of this home left behind, PostgreSQL last and gently. Gives how many there were."""
    instance = RunFolder(home).read_instance()
    recorded = {name: mark.find() for name, mark in instance.processes.items()} if instance else {}
    postgres = recorded.pop(POSTGRES, None)
    others = {process.pid: process for process in marked_processes(home)}
    others.update({process.pid: process for process in recorded.values() if process})
    others.pop(os.getpid(), None)
    stubborn = end(others.values(), first=signal.SIGTERM, grace_s=grace_s / 2)
    # A bridge would finish its calls first; asked twice it hands them on at once.
    stubborn = end(stubborn, first=signal.SIGTERM, grace_s=grace_s / 2)
    end(stubborn, first=signal.SIGKILL, grace_s=2.0)
    if postgres:
        # SIGINT and SIGQUIT are PostgreSQL's fast and immediate shutdown.
        stubborn = end([postgres], first=signal.SIGINT, grace_s=20.0)
        stubborn = end(stubborn, first=signal.SIGQUIT, grace_s=10.0)
        end(stubborn, first=signal.SIGKILL, grace_s=2.0)
    return len(others) + (1 if postgres else 0)

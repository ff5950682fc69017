"""What the pipeline's processes take while nothing happens."""

import subprocess
import time
from collections.abc import Mapping

import psutil

SETTLE_S = 10
WATCHED_S = 30


def watch(children: Mapping[str, subprocess.Popen[bytes]]) -> list[str]:
    """One line for each process."""
    time.sleep(SETTLE_S)
    processes = {name: psutil.Process(child.pid) for name, child in children.items()}
    before = {name: _cpu_s(process) for name, process in processes.items()}
    time.sleep(WATCHED_S)
    lines: list[str] = []
    for name, process in processes.items():
        memory = process.memory_full_info()
        share = (_cpu_s(process) - before[name]) / WATCHED_S
        lines.append(f"  idle {name}: {memory.rss >> 20} MiB RSS, {memory.pss >> 20} MiB PSS, {share:.1%} of one core")
    return lines


def _cpu_s(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])

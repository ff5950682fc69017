"""What the machine gives: Python, Node, a place for our files."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from peak_app.cli.checks.finding import Finding, Verdict
from peak_app.config import Settings

_SCARCE_BYTES, _LOW_BYTES = 1 << 30, 5 << 30


def python(_settings: Settings) -> Finding:
    fits = (3, 11) <= sys.version_info[:2] < (3, 14)
    sentence = f"Python {platform.python_version()}" + ("" if fits else "; 3.11, 3.12 or 3.13 is needed: run `make up`")
    return Finding("Python", Verdict.OK if fits else Verdict.WRONG, sentence)


def node(_settings: Settings) -> Finding:
    program = Path(sys.executable).parent / "node"
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return Finding("Node", Verdict.WRONG, "the Node of our packages is missing or does not start; run `make up`")
    return Finding("Node", Verdict.OK, f"Node {said.strip().lstrip('v')} from our packages builds the page")


def home(settings: Settings) -> Finding:
    place = _nearest(settings.home)
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Finding("Home", Verdict.OK, f"all state is kept in {settings.home}")
    return Finding("Home", Verdict.WRONG, f"{place} can't be written; choose another folder", settings=("PEAK_HOME",))


def disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(_nearest(settings.home)).free
    verdict = Verdict.WRONG if free < _SCARCE_BYTES else Verdict.NOTE if free < _LOW_BYTES else Verdict.OK
    change = () if verdict is Verdict.OK else ("PEAK_HOME",)
    return Finding("Disk", verdict, f"{free / (1 << 30):.1f} GiB are free", settings=change)


def _nearest(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())

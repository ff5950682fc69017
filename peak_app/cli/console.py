"""One readable stream out of many processes, and a log file for each."""

import contextlib
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

LOG_BYTES = 5 * 1024 * 1024
"""A log file that grew past this becomes `<name>.log.1`, so each component keeps at most twice as much."""

_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
# Colours and control characters of a child: they could move our cursor or pose as another component.
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[^\[]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONGEST_LINE = 4000


class Console:
    """Prints lines with the component's name before them and appends them, with the time, to its log file."""

    def __init__(self, folder: Path, *, width: int, stream: TextIO | None = None) -> None:
        self._folder = folder
        self._width = width
        self._stream = stream or sys.stdout
        self._is_read = True
        self._is_colourful = self._stream.isatty()
        self._colours: dict[str, int] = {}

    def line(self, name: str, text: str) -> None:
        clean = _CONTROL.sub("", text)[:_LONGEST_LINE].rstrip()
        if not clean:
            return
        self._append(name, clean)
        label = f"{name:<{self._width}}"
        if self._is_colourful:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            label = f"\x1b[{colour}m{label}\x1b[0m"
        self.plain(f"{label} | {clean}")

    def plain(self, text: str) -> None:
        """A line of our own. A reader that went away does not stop the product."""
        if not self._is_read:
            return
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._is_read = False

    def _append(self, name: str, text: str) -> None:
        path = self._folder / f"{name}.log"
        # A full disk must not take the product down with it.
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size > LOG_BYTES:
                path.replace(path.with_suffix(".log.1"))
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(file, "a", encoding="utf-8") as log:
                log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + f"Z {text}\n")

"""Both voices of a call on disk as they come, so that a crash loses less than a second.

Each track is raw PCM at its place on the segment's clock: sound of ms n lies at byte n x 48, and what was never written
is a hole that reads as silence. A new segment begins whenever a room is made anew.
"""

import errno
import json
import logging
import os
import queue
import shutil
import threading
import time
from pathlib import Path
from typing import Literal

from peak_app.ports.voice import VOICE_RATE_HZ

log = logging.getLogger(__name__)

TrackName = Literal["candidate", "agent"]

BLOCK_BYTES = VOICE_RATE_HZ
"""Half a second is written at once."""
MOST_BLOCKS = 2_000
"""Blocks that may wait for the disk, of all calls together; about 50 MB."""
_SNAP_MS = 60.0
"""A track goes on where it was when the next sound is that close: jitter of the clock is no gap."""
_BYTES_PER_MS = VOICE_RATE_HZ * 2 // 1000
_MOST_OPEN_FILES = 64
SPARE_BYTES = 500 * 1024**2
"""Disk space that is left to the database: a recording is worth less than what is said after it is full."""
_LOOK_EVERY_S = 5.0


class TrackWriter:
    """The thread that writes. One per process; `write` never blocks."""

    def __init__(self) -> None:
        self._blocks: queue.Queue[tuple[Path, int, bytes] | None] = queue.Queue(MOST_BLOCKS)
        self._files: dict[Path, int] = {}
        self.failed: set[Path] = set()
        """Folders in which something could not be written."""
        self._has_space = True
        self._looked_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    def write(self, path: Path, offset: int, data: bytes) -> None:
        try:
            self._blocks.put_nowait((path, offset, data))
        except queue.Full:
            self.failed.add(path.parent)

    def close(self) -> None:
        """Write what is left. Blocks for a moment."""
        try:
            self._blocks.put(None, timeout=2)
        except queue.Full:
            return
        self._thread.join(2)

    def _run(self) -> None:
        while (block := self._blocks.get()) is not None:
            path, offset, data = block
            try:
                self._require_space(path.parent)
                os.pwrite(self._open(path), data, offset)
            except OSError as error:
                if path.parent not in self.failed:
                    log.error("recording can't be written: %s", error.strerror)  # noqa: TRY400 - paths name people
                self.failed.add(path.parent)
        for handle in self._files.values():
            os.close(handle)
        self._files.clear()

    def _require_space(self, folder: Path) -> None:
        now = time.monotonic()
        if self._looked_at is None or now - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at, self._has_space = now, shutil.disk_usage(folder).free >= SPARE_BYTES
        if not self._has_space:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _open(self, path: Path) -> int:
        handle = self._files.get(path)
        if handle is None:
            if len(self._files) >= _MOST_OPEN_FILES:
                os.close(self._files.pop(next(iter(self._files))))
            handle = self._files[path] = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        return handle


class Track:
    """One voice: gathers sound into blocks and puts each at its place."""

    def __init__(self, path: Path, writer: TrackWriter) -> None:
        self._path = path
        self._writer = writer
        self._block = bytearray()
        self._block_at = 0
        self._end = 0

    def add(self, data: bytes, at_ms: float) -> None:
        """Sound that began at this ms of the segment. Overlaps go behind what is there already."""
        at = max(0, round(at_ms * _BYTES_PER_MS / 2) * 2)
        if at - self._end > _SNAP_MS * _BYTES_PER_MS:
            self.flush()
            self._block_at = self._end = at
        self._block += data
        self._end += len(data)
        if len(self._block) >= BLOCK_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._block:
            self._writer.write(self._path, self._block_at, bytes(self._block))
            self._block_at += len(self._block)
            self._block.clear()


class Segment:
    """The tracks of one room from its first page on."""

    def __init__(self, folder: Path, number: int, started_ms: int, writer: TrackWriter) -> None:
        self.number = number
        self.started_ms = started_ms
        self._folder = folder
        self._writer = writer
        self._tracks: dict[TrackName, Track] = {
            name: Track(folder / f"{name}.{number}.pcm", writer) for name in ("candidate", "agent")
        }

    @property
    def has_failed(self) -> bool:
        """Whether a part of it is missing on disk."""
        return self._folder in self._writer.failed

    def add(self, name: TrackName, data: bytes, meeting_ms: float) -> None:
        """Sound that began at this ms of the meeting."""
        self._tracks[name].add(data, meeting_ms - self.started_ms)

    def flush(self) -> None:
        for track in self._tracks.values():
            track.flush()


def open_segment(folder: Path, started_ms: int, writer: TrackWriter) -> Segment:
    """Begin the next segment in this folder.

    Raises:
        OSError: the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = 0
    while True:
        try:
            with (folder / f"{number}.json").open("x") as file:
                json.dump({"segment": number, "started_ms": started_ms}, file)
        except FileExistsError:
            number += 1
        else:
            return Segment(folder, number, started_ms, writer)

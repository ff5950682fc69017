"""Writes what happens in calls to the database, in order, from one thread: the media loop never waits for it.

While the database is down, entries wait (hours of turns fit) and are tried again; an entry the database refuses for
good is logged and dropped, so that it can't hold up the others.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from peak_app.db.engine import is_away
from peak_app.errors import PeakError

log = logging.getLogger(__name__)

MOST_ENTRIES = 20_000
"""Entries kept while the database is down. A lively call makes some twenty a minute."""
_FIRST_RETRY_S, _LAST_RETRY_S = 0.25, 5.0
_DRAIN_S = 3.0
"""How long `close` waits for what is left."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One write. `name` is for the log. `on_refused` runs on the journal's thread when the domain says no."""

    name: str
    write: Callable[[], object]
    on_done: Callable[[object], None] | None = None
    on_refused: Callable[[PeakError], None] | None = None


class Journal:
    """One per process. `submit` may be called from any thread and never blocks."""

    def __init__(self) -> None:
        self._entries: queue.Queue[Entry | None] = queue.Queue(MOST_ENTRIES)
        self._is_closing = threading.Event()
        self._closing_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        return self._entries.qsize()

    def submit(self, entry: Entry) -> bool:
        """False when the journal is full and the entry is lost."""
        try:
            self._entries.put_nowait(entry)
        except queue.Full:
            log.error("journal full, lost: %s", entry.name)  # noqa: TRY400 - nothing more to tell
            return False
        return True

    def close(self) -> None:
        """Write what is left, within a few seconds. Blocks."""
        self._is_closing.set()
        try:
            self._entries.put(None, timeout=_DRAIN_S)
        except queue.Full:
            log.error("journal full at the end")  # noqa: TRY400 - nothing more to tell
        self._thread.join(_DRAIN_S)
        if self._thread.is_alive():
            log.error("journal closed with %d entries unwritten", self.waiting)

    def _run(self) -> None:
        while (entry := self._entries.get()) is not None:
            self._write(entry)

    def _write(self, entry: Entry) -> None:
        delay_s = _FIRST_RETRY_S
        while True:
            try:
                result = entry.write()
            except PeakError as refusal:
                log.warning("%s refused: %s", entry.name, type(refusal).__name__)
                if entry.on_refused:
                    entry.on_refused(refusal)
                return
            except Exception as error:
                if not is_away(error):
                    # The message and the parameters of a statement hold what was said: only the kind may be logged.
                    cause = getattr(error, "orig", None) or error
                    log.error("%s failed: %s", entry.name, type(cause).__name__)  # noqa: TRY400 - a traceback quotes them
                    return
                log.warning("database not reached (%s), %d entries wait", type(error).__name__, self.waiting + 1)
                if not self._wait(delay_s):
                    log.error("not written before the end: %s", entry.name)  # noqa: TRY400 - said above
                    return
                delay_s = min(_LAST_RETRY_S, delay_s * 2)
            else:
                if entry.on_done:
                    entry.on_done(result)
                return

    def _wait(self, delay_s: float) -> bool:
        """Whether there is time for one more try after this delay."""
        if not self._is_closing.wait(delay_s):
            return True
        if self._closing_at is None:
            self._closing_at = time.monotonic()
        time.sleep(_FIRST_RETRY_S)
        return time.monotonic() < self._closing_at + _DRAIN_S

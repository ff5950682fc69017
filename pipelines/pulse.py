"""A thread that shows that a process of Dagster is alive, for as long as a check says so."""

import logging
import threading
import time
from collections.abc import Callable

from peak_app.config import Settings
from peak_app.heartbeat import beat

log = logging.getLogger("pipelines.pulse")

INTERVAL_S = 3.0


class Pulse:
    """Beats under `name` each time `is_alive` is true. The thread ends with the process."""

    def __init__(self, settings: Settings, name: str, is_alive: Callable[[], bool]) -> None:
        self._settings = settings
        self._name = name
        self._is_alive = is_alive
        self._thread = threading.Thread(target=self._run, name=f"pulse-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(INTERVAL_S)
            try:
                if self._is_alive():
                    beat(self._settings, self._name)
            except Exception as error:  # the boundary of this thread: a failing check is a missing beat
                log.warning("%s does not answer: %s", self._name, type(error).__name__)

"""This bridge's entry in the registry, written by a thread of its own: the media loop never waits for it."""

import logging
import threading
import time
from collections.abc import Callable
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from peak_app.domain.meetings.bridges import BridgeService
from peak_app.domain.meetings.places import BridgeState

log = logging.getLogger(__name__)

BEAT_S = 2.0
_END_WAIT_S = 3.0
"""How long the end of the process waits for the entry to be gone; without that it counts as dead soon after."""

Held = Callable[[frozenset[UUID], float], object]
"""Takes the meetings whose calls this bridge holds, and since when (monotonic seconds) that was so."""


class Registry:
    """`start` once the bridge listens; `close` before it stops doing so. `state` is called on the thread."""

    def __init__(self, service: BridgeService, state: Callable[[], BridgeState], on_held: Held) -> None:
        self._service = service
        self._state = state
        self._on_held = on_held
        self._wake = threading.Event()
        self._is_closing = False
        self._is_missing = False
        self._thread = threading.Thread(target=self._run, name="registry", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def beat_now(self) -> None:
        """Something changed that others should know at once."""
        self._wake.set()

    def close(self) -> None:
        """Take the entry out. Blocks for a moment."""
        self._is_closing = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(_END_WAIT_S)

    def _run(self) -> None:
        while True:
            self._wake.clear()
            if self._is_closing:
                break
            self._beat()
            self._wake.wait(BEAT_S)
        try:
            self._service.sign_off(self._state().bridge_id)
        except SQLAlchemyError as error:
            log.warning("not signed off: %s", type(error).__name__)

    def _beat(self) -> None:
        asked_at = time.monotonic()
        try:
            held = self._service.beat(self._state())
        except SQLAlchemyError as error:
            if not self._is_missing:
                log.warning("not registered: %s", type(error).__name__)
            self._is_missing = True
            return
        if self._is_missing:
            log.info("registered again")
            self._is_missing = False
        self._on_held(held, asked_at)

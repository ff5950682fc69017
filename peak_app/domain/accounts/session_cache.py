"""Answers about sessions that are reused for a few seconds."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from uuid import UUID

from peak_app.domain.accounts.identity import SignedIn

CACHE_S = 5.0
"""How long an ended session may still be taken for valid in another process, in seconds."""


class SessionCache:
    """Who a session belongs to (None: it ended), by session id. At most `capacity` answers."""

    def __init__(self, capacity: int = 5_000, now_s: Callable[[], float] = time.monotonic) -> None:
        self._capacity = capacity
        self._now_s = now_s
        self._answers: OrderedDict[UUID, tuple[float, SignedIn | None]] = OrderedDict()
        self._generation = 0
        self._lock = Lock()

    def look_up(self, session_id: UUID, fetch: Callable[[], SignedIn | None]) -> SignedIn | None:
        """The kept answer, or what `fetch` says now."""
        with self._lock:
            kept = self._answers.get(session_id)
            generation = self._generation
        if kept and self._now_s() < kept[0]:
            return kept[1]
        answer = fetch()
        with self._lock:
            # An answer that was fetched before someone signed out must not be kept after it.
            if generation == self._generation:
                self._answers[session_id] = (self._now_s() + CACHE_S, answer)
                self._answers.move_to_end(session_id)
                while len(self._answers) > self._capacity:
                    self._answers.popitem(last=False)
        return answer

    def forget_all(self) -> None:
        """Ask anew for every session; sign-outs and renamings are rare enough."""
        with self._lock:
            self._generation += 1
            self._answers.clear()

"""How often someone may try something, counted in memory."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock


class AttemptLimit:
    """Counts in memory: a restart forgives, and every web process counts for itself.

    Holds at most `capacity` names; the one unseen for longest is forgotten first.
    """

    def __init__(self, limit: int, window: timedelta, capacity: int = 10_000) -> None:
        self._limit = limit
        self._window = window
        self._capacity = capacity
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def admit(self, who: str, at: datetime) -> bool:
        """Note the request; False when it is one too many."""
        with self._lock:
            times = self._tries.setdefault(who, deque())
            self._tries.move_to_end(who)
            while times and at - times[0] >= self._window:
                times.popleft()
            if len(times) >= self._limit:
                return False
            times.append(at)
            while len(self._tries) > self._capacity:
                self._tries.popitem(last=False)
            return True

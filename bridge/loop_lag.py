"""How late the event loop is: what every frame of every call waits for at least."""

import asyncio
from collections import deque

EVERY_S = 0.05
"""More often, on the beat of the frames, costs each call more than it tells."""
WINDOW_S = 60.0
FEWEST = round(20 / EVERY_S)
"""Measurements without which nothing is said: twenty seconds; a hiccup at the start is not taken for a habit."""


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class LoopLag:
    """Sets a timer again and again and keeps how late it came. Costs twenty callbacks of a few µs a second."""

    def __init__(self) -> None:
        self._late_s: deque[float] = deque(maxlen=round(WINDOW_S / EVERY_S))
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._set()

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def note(self, late_s: float) -> None:
        """For what is measured elsewhere."""
        self._late_s.append(max(0.0, late_s))

    @property
    def p99_ms(self) -> float:
        """99th percentile of the last minute; 0 while there are too few measurements. From any thread."""
        values = list(self._late_s)
        return percentile(values, 0.99) * 1000 if len(values) >= FEWEST else 0.0

    def _set(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + EVERY_S
        self._timer = loop.call_at(due, self._fire, due)

    def _fire(self, due: float) -> None:
        # One measurement for each time it fires, however much later: a single stall is one bad moment, not hundreds.
        self.note(asyncio.get_running_loop().time() - due)
        self._set()

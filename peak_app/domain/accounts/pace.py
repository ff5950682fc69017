"""How fast someone may go on, counted in memory."""

from collections import OrderedDict


class Pace:
    """A bucket of tokens for each name: so many a second, and a burst on top. For the event loop only.

    Holds at most `capacity` names; the one unseen for longest is forgotten first.
    """

    def __init__(self, per_s: float, burst: float, capacity: int = 10_000) -> None:
        self._per_s = per_s
        self._burst = burst
        self._capacity = capacity
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admit(self, who: str, now_s: float) -> bool:
        """Take a token; False when there is none. `now_s`: of a clock that never goes back."""
        level, since = self._levels.get(who, (self._burst, now_s))
        level = min(self._burst, level + (now_s - since) * self._per_s)
        is_admitted = level >= 1
        self._levels[who] = (level - 1 if is_admitted else level, now_s)
        self._levels.move_to_end(who)
        while len(self._levels) > self._capacity:
            self._levels.popitem(last=False)
        return is_admitted

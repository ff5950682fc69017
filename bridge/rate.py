"""How much a page may send: so much a second, and a burst on top. Pure; the caller brings the clock."""

from dataclasses import dataclass, field

REQUESTS_PER_S, REQUEST_BURST = 3.0, 30.0
"""Messages taken from a page. Each typed answer is a row of the journal that all calls share, and costs the model."""


@dataclass(slots=True)
class Rate:
    """A bucket that is full at first. The unit is the caller's: messages, milliseconds of sound."""

    per_s: float
    burst: float
    _level: float = field(init=False)
    _since_s: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._level = self.burst

    def admit(self, amount: float, now_s: float) -> bool:
        """Take so much out; False, and nothing taken, when that is more than there is."""
        if self._since_s is not None:
            self._level = min(self.burst, self._level + (now_s - self._since_s) * self.per_s)
        self._since_s = now_s
        if amount > self._level:
            return False
        self._level -= amount
        return True

"""Whether a sound of the person means to interrupt the agent. Pure.

The agent falls silent at the first sound. What lasts becomes an interruption; a cough or an "mm-hm" lets the agent
go on.
"""

from dataclasses import dataclass
from typing import Literal

CONFIRM_MS = 400
"""Voice that makes a sound an interruption."""
QUIET_MS = 350
"""Quiet after less voice than that: it was none."""
DEAF_MS = 700
"""After this long the model's word counts, when no voice can be made out in a sound the model takes for speech."""

Verdict = Literal["open", "interruption", "none"]


@dataclass(slots=True)
class Doubt:
    """Open from the model's "speech started" until a verdict."""

    item_id: str
    since_ms: int
    voiced_ms: float = 0.0
    _last_voice_ms: int | None = None

    def hear(self, at_ms: int, duration_ms: float, *, is_voice: bool) -> Verdict:
        """Take the person's next sound."""
        if is_voice:
            self.voiced_ms += duration_ms
            self._last_voice_ms = at_ms + round(duration_ms)
        if self.voiced_ms >= CONFIRM_MS:
            return "interruption"
        if self._last_voice_ms is None:
            return "interruption" if at_ms - self.since_ms >= DEAF_MS else "open"
        return "none" if at_ms - self._last_voice_ms >= QUIET_MS else "open"

    def end(self, until_ms: int) -> Verdict:
        """The model says that the sound is over; it lasted until then."""
        length_ms = max(self.voiced_ms, until_ms - self.since_ms if self._last_voice_ms is None else 0)
        return "interruption" if length_ms >= CONFIRM_MS else "none"

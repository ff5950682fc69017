"""How someone has spoken so far in a call: for the meter they may switch on while they talk."""

from bridge.messages import DeliveryMeter
from peak_app.domain.insights.delivery import PACE_MIN_MS, count_fillers
from peak_app.domain.meetings.turns import Turn


class SpeechMeter:
    """Counts the person's spoken turns of one room."""

    def __init__(self) -> None:
        self._words = 0
        self._fillers = 0
        self._spoken_ms = 0

    def add(self, turn: Turn) -> DeliveryMeter:
        """Count a turn; gives the figures with it. One whose times were lost counts its fillers only."""
        length_ms = turn.end_ms - turn.start_ms
        self._fillers += count_fillers(turn.text)
        if length_ms > 0:
            self._words += len(turn.text.split())
            self._spoken_ms += length_ms
        has_pace = self._spoken_ms >= PACE_MIN_MS
        return DeliveryMeter(round(self._words * 60_000 / self._spoken_ms) if has_pace else None, self._fillers)

"""The clocks of a call: its own, and the model's count of sound."""

import time
from bisect import bisect_right
from collections import deque
from datetime import datetime


class MeetingClock:
    """Milliseconds since the meeting started, on the machine's monotonic clock."""

    def __init__(self, started_at: datetime | None, now: datetime) -> None:
        """A meeting that has not started yet starts with `restart`, when someone first connects."""
        elapsed_ms = 0.0 if started_at is None else max(0.0, (now - started_at).total_seconds() * 1000)
        self._origin_ms = time.monotonic() * 1000 - elapsed_ms
        self.is_running = started_at is not None

    def restart(self) -> None:
        """The meeting starts now."""
        self._origin_ms = time.monotonic() * 1000
        self.is_running = True

    def now_ms(self) -> int:
        return int(self.of(time.monotonic() * 1000))

    def of(self, local_ms: float) -> float:
        """Meeting time of a moment on the monotonic clock."""
        return local_ms - self._origin_ms


class HeardClock:
    """Maps the model's "ms of sound I was sent" to the meeting's clock: the two part whenever sound is missing."""

    _KEPT = 3_000
    """Anchors; a minute of 20 ms frames, more than any turn's events look back."""

    def __init__(self) -> None:
        self._sent: deque[float] = deque(maxlen=self._KEPT)
        self._at: deque[float] = deque(maxlen=self._KEPT)
        self._sent_ms = 0.0

    def note(self, meeting_ms: float, duration_ms: float) -> None:
        """Sound that began at this time is sent now."""
        self._sent.append(self._sent_ms)
        self._at.append(meeting_ms)
        self._sent_ms += duration_ms

    def meeting_ms(self, heard_ms: float) -> int | None:
        """When the sound at this position was spoken; None when nothing was sent yet."""
        if not self._sent:
            return None
        index = max(0, bisect_right(self._sent, heard_ms) - 1)
        return round(self._at[index] + heard_ms - self._sent[index])

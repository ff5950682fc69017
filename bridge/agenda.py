"""Where an interview stands, from the meeting's clock alone: a reload or another bridge finds it at the same place."""

from dataclasses import dataclass

from bridge.messages import Time
from peak_app.domain.agents.conduct import Stage

LATE_SHARE = 0.8
"""Share of a time from which the page shows it as running out."""
WRAP_UP_MS = 60_000
"""The interview is brought to an end at the latest this long before the call ends."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """The stages of a meeting and `ends_at_ms`, the meeting's time at which its call must end."""

    stages: tuple[Stage, ...]
    ends_at_ms: int

    @property
    def planned_ms(self) -> int:
        """When the agent brings the interview to an end: after the stages, and in time before the hard end."""
        latest_ms = max(0, self.ends_at_ms - WRAP_UP_MS)
        return min(latest_ms, sum(map(_length_ms, self.stages))) if self.stages else latest_ms

    def stage_at(self, at_ms: int) -> int | None:
        """Which stage is on; None when there are none or all are over."""
        index, _ = self._stage(at_ms)
        return index

    def time_at(self, at_ms: int) -> Time:
        """What the page is told of the time."""
        index, left_ms = self._stage(at_ms)
        return Time(
            elapsed_ms=at_ms,
            remaining_s=_seconds(self.ends_at_ms - at_ms),
            left_s=_seconds(self.planned_ms - at_ms),
            is_late=at_ms >= self.planned_ms * LATE_SHARE,
            stage=index,
            stage_left_s=None if index is None else _seconds(left_ms),
            is_stage_late=index is not None
            and _length_ms(self.stages[index]) - left_ms >= _length_ms(self.stages[index]) * LATE_SHARE,
        )

    def _stage(self, at_ms: int) -> tuple[int | None, int]:
        end_ms = 0
        for index, stage in enumerate(self.stages):
            end_ms += _length_ms(stage)
            if at_ms < end_ms:
                return index, end_ms - at_ms
        return None, 0


def _length_ms(stage: Stage) -> int:
    return stage.minutes * 60_000


def _seconds(ms: int) -> int:
    """Whole seconds that are left, rounded up, never below 0."""
    return max(0, -(-ms // 1000))

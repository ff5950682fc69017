"""The steps of the pipeline as the product knows them: their names, and what each leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

Fact = str | int | float | bool

TRANSCRIPT: Final = "transcript"
SUMMARY: Final = "summary"
DELIVERY: Final = "delivery"
SCORECARD: Final = "scorecard"
SEARCH_INDEX: Final = "search_index"
USAGE: Final = "usage"
RECORDING: Final = "recording"

RESULTS: Final = "results"
"""The end of it all. Noted only when it fails without any step to blame: a process that died again and again."""

REQUIRED: Final = (TRANSCRIPT, SUMMARY, SEARCH_INDEX, USAGE)
"""Without these a meeting is not completed; scorecard, recording and delivery may come later, or not at all."""
MEDIA: Final = (RECORDING, DELIVERY)
"""Made by a job of their own, in this order."""
STEPS: Final = (*REQUIRED, SCORECARD, DELIVERY, RECORDING)
_WITHOUT_WORDS: Final = frozenset({TRANSCRIPT, USAGE, RECORDING})
"""What a correction of the transcript changes nothing about; the transcript itself has it at once."""


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a step found and made: counts, durations, engine and versions. Never words of the meeting."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    is_unchanged: bool = False
    """Whether nothing had to be made, because the input is what it was the last time."""


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """The last outcome of one step, for the page."""

    name: str
    is_done: bool
    reason: str
    """Of a failure: a sentence for the person."""
    facts: Mapping[str, Fact]
    run_id: str
    duration_ms: int
    finished_at: datetime

    def is_older_than(self, corrected_at: datetime | None) -> bool:
        """Whether it was made from lines as they were before the newest correction; None: there is none."""
        if corrected_at is None or not self.is_done or self.name in _WITHOUT_WORDS:
            return False
        # It read the lines after it began: one that was under way counts as older, and is at worst made once more.
        return self.finished_at - timedelta(milliseconds=self.duration_ms) <= corrected_at

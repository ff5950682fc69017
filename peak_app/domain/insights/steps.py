"""The steps of the pipeline as the product knows them: their names, and what each leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

Fact = str | int | float | bool

TRANSCRIPT: Final = "transcript"
SUMMARY: Final = "summary"
INSIGHTS: Final = "insights"
SCORECARD: Final = "scorecard"
SEARCH_INDEX: Final = "search_index"
USAGE: Final = "usage"
RECORDING: Final = "recording"

RESULTS: Final = "results"
"""The end of it all. Noted only when it fails without any step to blame: a process that died again and again."""

REQUIRED: Final = (TRANSCRIPT, SUMMARY, INSIGHTS, SEARCH_INDEX, USAGE)
"""Without these a meeting is not completed; scorecard and recording may come later, or not at all."""
STEPS: Final = (*REQUIRED, SCORECARD, RECORDING)


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

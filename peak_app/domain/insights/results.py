"""What a meeting's page reads: everything the pipeline has made so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from peak_app.domain.insights.delivery import Delivery
from peak_app.domain.insights.latency import LatencyReceipt
from peak_app.domain.insights.lines import Line
from peak_app.domain.insights.steps import StepOutcome
from peak_app.ports.language import MeetingSummary


@dataclass(frozen=True, slots=True)
class MeetingResults:
    """None and empty mean: not made (yet); `steps` says why."""

    meeting_id: UUID
    owner_id: UUID
    lines: Sequence[Line]
    has_transcript: bool
    """Tells a silent meeting (True, no lines) from one without transcript yet."""
    summary: MeetingSummary | None
    delivery: Delivery | None
    is_measured: bool
    """Whether the step that measures it is done; before, `delivery` is read from the transcript."""
    latency: LatencyReceipt
    summary_engine: str
    is_searchable: bool
    """Whether questions about the meeting can be answered."""
    steps: Sequence[StepOutcome]
    corrected_at: datetime | None = None
    """When a line was corrected last."""

    @property
    def outdated_steps(self) -> list[str]:
        """What was made before the newest correction, and needs to be made again."""
        return [step.name for step in self.steps if step.is_older_than(self.corrected_at)]

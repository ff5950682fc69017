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
    asked_again_at: datetime | None = None
    """When someone last asked for the results to be made anew."""

    @property
    def current_steps(self) -> list[StepOutcome]:
        """Outcomes since the results were asked for; what is older is still to be repeated."""
        asked_at = self.asked_again_at
        return [step for step in self.steps if asked_at is None or step.finished_at > asked_at]

    def find_failure(self, *names: str) -> StepOutcome | None:
        """The first of these steps that failed, and that nobody asked to try again."""
        failed = {step.name: step for step in self.current_steps if not step.is_done}
        return next((failed[name] for name in names if name in failed), None)

    @property
    def outdated_steps(self) -> list[str]:
        """What was made before the newest correction, and needs to be made again."""
        return [step.name for step in self.steps if step.is_older_than(self.corrected_at)]

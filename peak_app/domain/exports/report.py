"""Everything about a meeting that goes into an export, whatever its format."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from peak_app.domain.insights.lines import Line
from peak_app.domain.insights.results import MeetingResults
from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.scorecards.service import ScorecardView
from peak_app.i18n.catalogue import t


@dataclass(frozen=True, slots=True)
class Report:
    """A meeting and what came of it. `zone` is that of whoever takes it away."""

    meeting: MeetingView
    results: MeetingResults
    scorecard: ScorecardView | None
    zone: tzinfo

    @property
    def held_at(self) -> datetime:
        """When it was held, in the reader's time."""
        return (self.meeting.started_at or self.meeting.created_at).astimezone(self.zone)

    def speaker_of(self, line: Line) -> str:
        return self.meeting.agent_name if line.speaker == "agent" else t("transcript.you")

"""The scorecard of a meeting: what the tab shows, or why there is nothing to show yet."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import reflex as rx

from peak_app.domain.insights.steps import SCORECARD
from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.scorecards.service import ScorecardView
from peak_app.state.formatting import zone_of
from peak_app.state.insight_rows import line_rows
from peak_app.state.live import on_change
from peak_app.state.meeting_tab import MeetingTab
from peak_app.state.scorecard_rows import (
    ChangeRow,
    CriterionResultRow,
    StoryRow,
    change_rows,
    criterion_result_rows,
    engine_line,
    mean_texts,
    story_rows,
    version_line,
)
from peak_app.state.session import SessionState
from peak_app.wiring import services

STILL_COMING = timedelta(minutes=10)
"""How long after a meeting was completed its scorecard is still expected: a model may be asked several times."""


class ScorecardState(MeetingTab, rx.State):
    """`condition` is ready, preparing, failed or none; the last two offer to try again.

    `problem` is why the step failed, also when an earlier scorecard is there.
    """

    condition: str = "preparing"
    problem: str = ""
    mean: str = ""
    mean_text: str = ""
    engine: str = ""
    versions: str = ""
    criteria: list[CriterionResultRow] = []
    stories: list[StoryRow] = []
    changes: list[ChangeRow] = []
    versions_before: str = ""

    async def _fetch(self, user_id: UUID, meeting_id: UUID) -> None:
        meeting = await asyncio.to_thread(services().meetings.get_meeting, user_id, meeting_id)
        results = await asyncio.to_thread(services().insights.get_results, user_id, meeting_id)
        found = await asyncio.to_thread(services().scorecards.list_scorecards, user_id, meeting_id)
        session = await self.get_state(SessionState)
        now = datetime.now(UTC)
        failed = results.find_failure(SCORECARD)
        self.problem = failed.reason if failed else ""
        self.condition = _condition(meeting, found, is_failed=failed is not None, now=now)
        places = {line.line_id: line for line in line_rows(results.lines, meeting.agent_name)}
        newest = found[0] if found else None
        self.criteria = criterion_result_rows(newest, places) if newest else []
        self.stories = story_rows(newest.content.stories, places) if newest else []
        self.mean, self.mean_text = mean_texts(newest) if newest else ("", "")
        self.engine = engine_line(newest) if newest else ""
        zone = zone_of(session.time_zone)
        self.versions = version_line(newest, zone, now) if newest else ""
        self.changes = change_rows(found[0], found[1]) if len(found) > 1 else []
        self.versions_before = version_line(found[1], zone, now) if len(found) > 1 else ""


def _condition(meeting: MeetingView, found: list[ScorecardView], *, is_failed: bool, now: datetime) -> str:
    if found:
        return "ready"
    if is_failed:
        return "failed"
    is_new = meeting.status == MeetingStatus.COMPLETED and now - meeting.status_at < STILL_COMING
    return "preparing" if is_new or meeting.status == MeetingStatus.PROCESSING else "none"


on_change(ScorecardState.refresh, "/meetings/[meeting_id]")

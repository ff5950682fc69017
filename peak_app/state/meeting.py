"""The page of one meeting: its state, its one next action, and what came of it."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import reflex as rx

from peak_app.domain.fields import uuid_of
from peak_app.domain.insights.results import MeetingResults
from peak_app.domain.insights.steps import RECORDING, SEARCH_INDEX
from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import NotFound, PeakError
from peak_app.i18n.catalogue import t
from peak_app.state.forgetting import forget_shown
from peak_app.state.form import typed_text
from peak_app.state.formatting import length_text, moment_text, zone_of
from peak_app.state.insight_rows import (
    Citations,
    CitedRow,
    CiteRow,
    KeptFileRow,
    LineRow,
    NumberRow,
    QuestionRow,
    StepRow,
    engine_text,
    kept_file_rows,
    line_rows,
    number_rows,
    progress_text,
    recording_text,
    step_rows,
)
from peak_app.state.latency_rows import PartRow, ReplyRow, part_rows, reply_rows
from peak_app.state.live import WHICHEVER, on_change
from peak_app.state.meeting_rows import calendar_path, status_text
from peak_app.state.path import id_in_path
from peak_app.state.session import SessionState, signed_in
from peak_app.wiring import services

RECORDED = frozenset({MeetingStatus.LIVE, MeetingStatus.PROCESSING, MeetingStatus.COMPLETED})
"""States in which a recording may still come."""
TABS = ("summary", "scorecard", "delivery", "transcript", "recording", "ask")
LINE_ID_LIMIT = 64
TAB_OF = {SEARCH_INDEX: "ask"}
"""Where the result of a step is shown, when that isn't the tab of its name."""


class MeetingState(rx.State):
    """`recording` is ready, preparing, failed, off or none. Lists are empty until their step is done."""

    meeting_id_text: str = ""
    title: str = ""
    focus: str = ""
    agent_name: str = ""
    status: str = ""
    status_text: str = ""
    reason: str = ""
    when: str = ""
    length: str = ""
    is_demo: bool = False
    is_own: bool = False
    is_overdue: bool = False
    planned_for: str = ""
    """When it is planned for; empty when it has no time."""
    calendar_path: str = ""
    is_loaded: bool = False
    is_missing: bool = False

    tab: str = "summary"
    focus_line: str = ""
    focus_count: int = 0
    arrival_line: str = ""
    """The line another page led to, whose sound is played."""

    has_summary: bool = False
    is_summary_empty: bool = False
    """It was made, and found nothing to rest on."""
    overview: list[CitedRow] = []
    questions: list[QuestionRow] = []
    strengths: list[CitedRow] = []
    next_steps: list[CitedRow] = []
    engine: str = ""
    numbers: list[NumberRow] = []
    cut_offs: list[CiteRow] = []
    cut_offs_text: str = ""
    """How many; empty while nobody knows."""
    latency_parts: list[PartRow] = []
    replies: list[ReplyRow] = []
    lines: list[LineRow] = []
    correction: dict[str, Any] = {"line_id": "", "error": "", "count": 0}
    """What became of the last correction: its line, why it was refused or nothing, and its number."""
    outdated_tabs: list[str] = []
    """Tabs with results that were made before the last correction."""
    has_transcript: bool = False
    is_silent: bool = False
    is_searchable: bool = False
    steps: list[StepRow] = []
    progress: str = ""
    """Which step of how many is being made."""

    recording: str = "none"
    recording_text: str = ""
    recording_url: str = ""
    has_video: bool = False
    kept_files: list[KeptFileRow] = []
    """What a video service made of the call, as far as it is here."""

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        try:
            meeting_id = id_in_path(self, t("refusal.meeting_missing"))
        except NotFound:
            self.is_missing = self.is_loaded = True
            return
        if self.meeting_id_text != str(meeting_id):
            self.reset()
            self.meeting_id_text = str(meeting_id)
            wanted = self.router.url.query_parameters.get("tab", "")
            self.tab = wanted if wanted in TABS else "summary"
        await self._fetch(user_id, meeting_id)
        self._arrive_at(self.router.url.query_parameters.get("line", ""))

    @rx.event
    async def refresh(self, meeting_id: str):
        """Something of a meeting changed: read it again if it is the one on the page."""
        user_id = await signed_in(self)
        if self.meeting_id_text and meeting_id in (self.meeting_id_text, WHICHEVER):
            await self._fetch(user_id, self._meeting_id())

    @rx.event
    async def show_tab(self, tab: str):
        self.tab = tab if tab in TABS else "summary"

    @rx.event
    async def show_line(self, line_id: str):
        """Jump to a line of the transcript."""
        self._focus(line_id)

    def _focus(self, line_id: str) -> bool:
        """Whether there is such a line."""
        is_known = any(line.line_id == line_id for line in self.lines)
        if is_known:
            self.tab, self.focus_line = "transcript", line_id
            self.focus_count += 1
        return is_known

    def _arrive_at(self, line_id: str) -> None:
        """Show the line that the address names, as a quote on another page does."""
        self.arrival_line = line_id if self._focus(line_id) else ""

    @rx.event
    async def try_again(self):
        """Make the results anew."""
        user_id = await signed_in(self)
        await asyncio.to_thread(services().meetings.retry_processing, user_id, self._meeting_id())
        await self._fetch(user_id, self._meeting_id())

    @rx.event
    async def correct_line(self, line_id: str, text: str):
        """Have a line of the transcript say what was really said."""
        user_id = await signed_in(self)
        error = ""
        try:
            meeting_id = self._meeting_id()
            await asyncio.to_thread(services().corrections.correct_line, user_id, meeting_id, line_id, text)
        except PeakError as refusal:
            error = refusal.sentence
        else:
            # The line and the answer change together.
            await self._fetch(user_id, meeting_id)
        count = self.correction["count"] + 1
        self.correction = {"line_id": typed_text(line_id, LINE_ID_LIMIT), "error": error, "count": count}

    def _meeting_id(self) -> UUID:
        return uuid_of(self.meeting_id_text, t("refusal.meeting_missing"))

    async def _fetch(self, user_id: UUID, meeting_id: UUID) -> None:
        try:
            meeting = await asyncio.to_thread(services().meetings.get_meeting, user_id, meeting_id)
            results = await asyncio.to_thread(services().insights.get_results, user_id, meeting_id)
        except NotFound:
            # It may have been deleted while this page was open.
            await forget_shown(self)
            self.is_missing = self.is_loaded = True
            return
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self._show_meeting(meeting, user_id)
        self.is_overdue = meeting.is_overdue(now)
        self.planned_for = moment_text(meeting.scheduled_at, zone, now)
        self.calendar_path = calendar_path(meeting)
        self.when = moment_text(meeting.happens_at, zone, now)
        self._show_results(meeting, results)
        is_processing = meeting.status == MeetingStatus.PROCESSING
        # While results are made anew, what an earlier run left says nothing of how far this one is.
        outcomes = results.current_steps if is_processing else results.steps
        self.steps = step_rows(outcomes, meeting.status, zone, now, outdated=results.outdated_steps)
        self.progress = progress_text(outcomes) if is_processing else ""
        await self._show_recording(user_id, meeting, results)
        self.is_missing, self.is_loaded = False, True

    def _show_meeting(self, meeting: MeetingView, user_id: UUID) -> None:
        self.title, self.focus, self.agent_name = meeting.title, meeting.focus, meeting.agent_name
        self.status, self.status_text = meeting.status.value, status_text(meeting.status)
        self.reason = meeting.status_reason
        self.length = length_text(meeting.connected_ms) if meeting.connected_ms else ""
        self.is_demo, self.is_own = meeting.is_demo, meeting.owner_id == user_id

    def _show_results(self, meeting: MeetingView, results: MeetingResults) -> None:
        summary, citations = results.summary, Citations(results.lines)
        self.has_summary = summary is not None
        self.is_summary_empty = summary is not None and summary.is_empty
        self.overview = citations.cited(summary.overview) if summary else []
        self.questions = citations.questions(summary) if summary else []
        self.strengths = citations.cited(summary.strengths) if summary else []
        self.next_steps = citations.cited(summary.next_steps) if summary else []
        self.engine = engine_text(results.summary_engine)
        self.lines = line_rows(results.lines, meeting.agent_name)
        self.has_transcript = results.has_transcript
        self.outdated_tabs = [TAB_OF.get(name, name) for name in results.outdated_steps]
        self.is_silent = results.has_transcript and not results.lines
        self.is_searchable = results.is_searchable
        delivery, latency = results.delivery, results.latency
        self.numbers = number_rows(delivery, meeting.connected_ms) if delivery else []
        cut_off_ids = delivery.cut_off_line_ids if delivery else None
        self.cut_offs_text = "" if cut_off_ids is None else str(len(cut_off_ids))
        self.cut_offs = citations.rows(cut_off_ids or [])
        self.latency_parts, self.replies = part_rows(latency), reply_rows(latency, citations)

    async def _show_recording(self, user_id: UUID, meeting: MeetingView, results: MeetingResults) -> None:
        try:
            found, _ = await asyncio.to_thread(services().recordings.open_recording, user_id, meeting.meeting_id)
        except NotFound:
            found = None
        is_made = any(step.name == RECORDING and step.is_done for step in results.steps)
        failure = results.find_failure(RECORDING)
        self.recording_url, self.has_video = "", False
        files = await asyncio.to_thread(services().rooms.list_files, user_id, meeting.meeting_id)
        self.kept_files = kept_file_rows(files)
        if found:
            self.recording = "ready"
            self.recording_url = f"/media/{meeting.meeting_id}/recording.webm"
            self.has_video = found.has_video
            session = await self.get_state(SessionState)
            self.recording_text = recording_text(found, zone_of(session.time_zone), datetime.now(UTC))
        elif not meeting.is_recorded:
            self.recording, self.recording_text = "off", t("recording.off")
        elif failure:
            self.recording, self.recording_text = "failed", failure.reason
        elif is_made or meeting.is_demo or meeting.status not in RECORDED:
            self.recording, self.recording_text = "none", t("recording.none")
        else:
            self.recording, self.recording_text = "preparing", t("recording.preparing")


on_change(MeetingState.refresh, "/meetings/[meeting_id]")

"""The first page after signing in: where one stands, and what to do next."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID

import reflex as rx

from peak_app.domain.billing.allowance import Allowance
from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.progress.drills import WINDOW
from peak_app.domain.progress.practice import monday_of
from peak_app.domain.progress.service import Progress
from peak_app.i18n.catalogue import t
from peak_app.state.dashboard_rows import LastScore, SkillScore, last_score, skill_scores
from peak_app.state.drill_rows import SuggestionRow, suggestion_rows
from peak_app.state.formatting import date_text, length_text, zone_of
from peak_app.state.live import on_change
from peak_app.state.meeting_rows import MeetingRow
from peak_app.state.progress import streak_texts
from peak_app.state.session import SessionState, signed_in
from peak_app.wiring import services

SHOWN = 5
WEAKEST = 2
FRESH = timedelta(hours=12)
"""So long after a meeting its results are the thing to look at next."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """Everything the page is made of, read at once."""

    progress: Progress
    ahead: Sequence[MeetingView]
    held: Sequence[MeetingView]
    allowance: Allowance


class DashboardState(rx.State):
    """`next_step` is one of agent, meeting, live, scheduled, read, again: which of the invitations is shown."""

    greeting: str = ""
    ahead: list[MeetingRow] = []
    rows: list[MeetingRow] = []
    """Meetings that were held."""
    next_step: str = ""
    next_path: str = ""
    next_title: str = ""
    this_week: str = ""
    this_month: str = ""
    streak: str = ""
    streak_hint: str = ""
    sessions: str = ""
    left: str = ""
    renews: str = ""
    session_count: int = 0
    is_demo: bool = False
    """What counts is demonstration data."""
    score: LastScore = LastScore()
    skills: list[SkillScore] = []
    weakest: list[SuggestionRow] = []
    is_loaded: bool = False

    @rx.event
    async def load(self):
        await self._fetch()

    @rx.event
    async def refresh(self, _meeting_id: str):
        """A meeting changed; whichever it is, it may be among those shown."""
        await self._fetch()

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        found = await asyncio.to_thread(_read, user_id, zone)
        first_name = session.name.split()[0] if session.name.split() else ""
        key = "morning" if (hour := now.astimezone(zone).hour) < 12 else "afternoon" if hour < 18 else "evening"
        greeting = t(f"dashboard.{key}")
        self.greeting = f"{greeting}, {first_name}" if first_name else greeting
        self.ahead = [MeetingRow.of(meeting, zone, now) for meeting in found.ahead]
        self.rows = [MeetingRow.of(meeting, zone, now) for meeting in found.held]
        self._show_numbers(found, zone, now)
        self._show_skills(found.progress, zone, now)
        self._show_next(found, now)
        self.is_loaded = True

    def _show_numbers(self, found: _Standing, zone: tzinfo, now: datetime) -> None:
        practice, today = found.progress.practice, now.astimezone(zone).date()
        self.this_week = _practised(practice.ms_since(monday_of(today), today))
        month = _practised(practice.ms_since(today.replace(day=1), today))
        self.this_month = t("dashboard.this_month", length=month)
        self.streak, self.streak_hint = streak_texts(practice, today)
        self.session_count = sum(meetings for _, meetings in practice.by_day.values())
        self.sessions = str(self.session_count)
        self.is_demo = found.progress.is_demo
        self.left = t("time.minutes", minutes=found.allowance.remaining_minutes)
        self.renews = t("dashboard.renews", day=date_text(found.allowance.renews_on))

    def _show_skills(self, progress: Progress, zone: tzinfo, now: datetime) -> None:
        self.score = last_score(progress, zone, now)
        self.skills = skill_scores(progress)
        self.weakest = suggestion_rows(progress.suggestions[:WEAKEST], zone, now)

    def _show_next(self, found: _Standing, now: datetime) -> None:
        """One thing: what is under way, what is missing, what comes, what was just made, or another go."""
        own = [meeting for meeting in found.ahead if not meeting.is_demo]
        live = next((meeting for meeting in own if meeting.status == MeetingStatus.LIVE), None)
        planned = next((meeting for meeting in own if not meeting.is_overdue(now)), None)
        fresh = next((meeting for meeting in found.held if _is_fresh(meeting, now)), None)
        self.next_title, self.next_path = "", ""
        if live:
            self.next_step, self.next_title = "live", live.title
            self.next_path = f"/call/{live.meeting_id}"
        elif not found.progress.has_agents:
            self.next_step = "agent"
        elif planned:
            self.next_step, self.next_title = "scheduled", planned.title
            self.next_path = f"/meetings/{planned.meeting_id}"
        elif fresh:
            self.next_step, self.next_title = "read", fresh.title
            self.next_path = f"/meetings/{fresh.meeting_id}"
        else:
            self.next_step = "again" if found.held else "meeting"


def _read(user_id: UUID, zone: tzinfo) -> _Standing:
    all_services = services()
    ahead, held = all_services.meetings.list_around(user_id, limit=SHOWN)
    progress = all_services.progress.get_progress(user_id, zone, limit=WINDOW)
    return _Standing(progress, ahead, held, all_services.billing.get_allowance(user_id))


def _practised(ms: int) -> str:
    """Nothing is '0 min': nobody counts practice in seconds."""
    return length_text(ms) if ms else t("time.minutes", minutes=0)


def _is_fresh(meeting: MeetingView, now: datetime) -> bool:
    ended = meeting.ended_at or meeting.status_at
    return meeting.status == MeetingStatus.COMPLETED and now - ended < FRESH


on_change(DashboardState.refresh, "/dashboard")

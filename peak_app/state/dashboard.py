"""The first page after signing in: where one stands, and what to do next."""

import asyncio
from datetime import UTC, datetime

import reflex as rx

from peak_app.domain.meetings.status import MeetingStatus
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import date_text, minutes_text, zone_of
from peak_app.state.live import on_change
from peak_app.state.meeting_rows import MeetingRow
from peak_app.state.session import SessionState, signed_in
from peak_app.wiring import services

RECENT = 5


class DashboardState(rx.State):
    """`next_step` is one of agent, meeting, live, scheduled, read: which of the page's invitations is shown."""

    greeting: str = ""
    rows: list[MeetingRow] = []
    next_step: str = ""
    next_path: str = ""
    next_title: str = ""
    practised: str = ""
    left: str = ""
    renews: str = ""
    meeting_count: str = ""
    agent_count: str = ""
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
        all_services = services()
        page = await asyncio.to_thread(all_services.meetings.list_meetings, user_id, limit=RECENT)
        agents = await asyncio.to_thread(all_services.agents.list_agents, user_id)
        allowance = await asyncio.to_thread(all_services.billing.get_allowance, user_id)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)

        first_name = session.name.split()[0] if session.name.split() else ""
        key = "morning" if (hour := now.astimezone(zone).hour) < 12 else "afternoon" if hour < 18 else "evening"
        greeting = t(f"dashboard.{key}")
        self.greeting = f"{greeting}, {first_name}" if first_name else greeting
        self.rows = [MeetingRow.of(meeting, zone, now) for meeting in page.meetings]
        self.practised = minutes_text(allowance.used)
        self.left = t("time.minutes", minutes=allowance.remaining_minutes)
        self.renews = t("dashboard.renews", day=date_text(allowance.renews_on))
        self.meeting_count, self.agent_count = str(page.total), str(len(agents))

        own = [meeting for meeting in page.meetings if not meeting.is_demo]
        open_call = next((m for m in own if m.status == MeetingStatus.LIVE), None)
        planned = next((m for m in own if m.status == MeetingStatus.SCHEDULED), None)
        ready = next((m for m in page.meetings if m.status == MeetingStatus.COMPLETED), None)
        self.next_title, self.next_path = "", ""
        if open_call:
            self.next_step, self.next_title = "live", open_call.title
            self.next_path = f"/call/{open_call.meeting_id}"
        elif not agents:
            self.next_step = "agent"
        elif planned:
            self.next_step, self.next_title = "scheduled", planned.title
            self.next_path = f"/meetings/{planned.meeting_id}"
        elif ready and page.total > 0:
            self.next_step, self.next_title = "read", ready.title
            self.next_path = f"/meetings/{ready.meeting_id}"
        else:
            self.next_step = "meeting"
        self.is_loaded = True


on_change(DashboardState.refresh, "/dashboard")

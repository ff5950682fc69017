"""The page of a call: whether there is one to join. Everything that happens in it goes past this state."""

import asyncio
from datetime import timedelta

import reflex as rx

from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import t
from peak_app.state.path import id_in_path
from peak_app.state.session import signed_in
from peak_app.wiring import services


class CallState(rx.State):
    call_id: str = ""
    """The meeting's id once the room may open; empty before, and for a meeting that can't be joined."""
    title: str = ""
    agent_name: str = ""
    focus: str = ""
    """What the meeting is to practise; empty: nothing in particular."""
    is_running: bool = False
    is_missing: bool = False
    is_recorded: bool = True
    """Whether sound and picture are kept, as chosen so far."""
    retention_days: int = 0
    """For how long."""
    limit_minutes: int = 0
    low_from_s: int = 0
    """With so many seconds left of the call the month's minutes begin to run low; below zero they don't in it."""
    notice: str = ""
    """What the person should know about who leads the interview; empty when a language model does."""

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        self.call_id, self.is_missing = "", False
        try:
            meeting_id = id_in_path(self, t("refusal.meeting_missing"))
            meeting = await asyncio.to_thread(services().meetings.get_meeting, user_id, meeting_id)
        except NotFound:
            self.is_missing = True
            return None
        if meeting.owner_id != user_id or meeting.status not in (MeetingStatus.SCHEDULED, MeetingStatus.LIVE):
            return rx.redirect(f"/meetings/{meeting_id}", replace=True)
        allowance = await asyncio.to_thread(services().billing.get_allowance, user_id)
        self.title, self.agent_name, self.focus = meeting.title, meeting.agent_name, meeting.focus
        self.is_running = meeting.status == MeetingStatus.LIVE
        settings = services().settings
        self.is_recorded, self.retention_days = meeting.is_recorded, settings.retention_days
        self.limit_minutes = min(settings.max_call_minutes, allowance.remaining_minutes)
        self.low_from_s = int(allowance.warn_at(timedelta(minutes=settings.max_call_minutes)).total_seconds())
        self.notice = t("room.practice_coach") if settings.is_practice_coach else ""
        self.call_id = str(meeting_id)
        return None

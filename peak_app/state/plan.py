"""Moving and cancelling a planned meeting, from its own page and from the list."""

import asyncio
from typing import Any

import reflex as rx

from peak_app.domain.fields import uuid_of
from peak_app.domain.meetings.moments import moment_of
from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import Conflict, NotFound, PeakError
from peak_app.i18n.catalogue import t
from peak_app.state.form import sent
from peak_app.state.formatting import field_text, zone_of
from peak_app.state.meeting import MeetingState
from peak_app.state.meetings import MeetingsState, planned_text
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services


class PlanState(rx.State):
    """Which of the two dialogs is open, and for which meeting."""

    is_moving: bool = False
    is_cancelling: bool = False
    meeting_id: str = ""
    title: str = ""
    at: str = ""
    """The time it has, as the field holds it; empty when it has none."""
    error: str = ""

    @rx.event
    async def open_move(self, meeting_id: str):
        await self._open(meeting_id)
        self.is_moving = True

    @rx.event
    async def open_cancel(self, meeting_id: str):
        await self._open(meeting_id)
        self.is_cancelling = True

    @rx.event
    async def close(self, _is_open: bool = False):
        await signed_in(self)
        self.is_moving = self.is_cancelling = False

    @rx.event
    async def move(self, form: dict[str, Any]):
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        self.error = ""
        try:
            chosen = moment_of(sent(form, "at"), zone_of(session.time_zone))
            await asyncio.to_thread(
                services().meetings.reschedule_meeting,
                user_id,
                uuid_of(self.meeting_id, t("refusal.meeting_missing")),
                scheduled_at=chosen.at,
            )
        except PeakError as refusal:
            self.error = refusal.sentence
            return
        self.is_moving = False
        await self._show()
        await notify(self, "success", planned_text(t("plan.moved"), chosen))

    @rx.event
    async def cancel(self, form: dict[str, Any]):
        user_id = await signed_in(self)
        self.error = ""
        try:
            await asyncio.to_thread(
                services().meetings.cancel_meeting,
                user_id,
                uuid_of(self.meeting_id, t("refusal.meeting_missing")),
                reason=sent(form, "reason"),
            )
        except PeakError as refusal:
            self.error = refusal.sentence
            return
        self.is_cancelling = False
        await self._show()
        await notify(self, "success", t("plan.cancelled"))

    async def _open(self, meeting_id: str) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        meeting: MeetingView = await asyncio.to_thread(
            services().meetings.get_meeting, user_id, uuid_of(meeting_id, t("refusal.meeting_missing"))
        )
        if meeting.owner_id != user_id:
            raise NotFound(t("refusal.meeting_missing"))
        if meeting.status != MeetingStatus.SCHEDULED:
            raise Conflict(t("plan.not_planned"))
        self.meeting_id, self.title, self.error = str(meeting.meeting_id), meeting.title, ""
        self.at = field_text(meeting.scheduled_at, zone_of(session.time_zone)) if meeting.scheduled_at else ""

    async def _show(self) -> None:
        """The page does not wait until it hears of the change."""
        user_id = await signed_in(self)
        meeting = await self.get_state(MeetingState)
        if meeting.meeting_id_text == self.meeting_id:
            await meeting._fetch(user_id, uuid_of(self.meeting_id, t("refusal.meeting_missing")))
        meetings = await self.get_state(MeetingsState)
        if meetings.is_loaded:
            await meetings._fetch()

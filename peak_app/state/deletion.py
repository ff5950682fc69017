"""Deleting the meeting of the page, what other tabs keep of one that was deleted, and the receipts."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import reflex as rx
from reflex.state import BaseState

from peak_app.domain.fields import uuid_of
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.errors import Conflict, NotFound
from peak_app.i18n.catalogue import t
from peak_app.state.asking import AskState
from peak_app.state.call import CallState
from peak_app.state.compare import CompareState
from peak_app.state.dashboard import DashboardState
from peak_app.state.forgetting import forget_shown, list_naming
from peak_app.state.formatting import zone_of
from peak_app.state.live import WHICHEVER, on_change
from peak_app.state.meeting import MeetingState
from peak_app.state.meetings import MeetingsState
from peak_app.state.notifications import NotificationsState
from peak_app.state.operations import OperationsState
from peak_app.state.outflows import OutflowsState
from peak_app.state.progress import ProgressState
from peak_app.state.receipt_rows import ReceiptRow
from peak_app.state.recorder import RecorderState
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services


class DeletionState(rx.State):
    is_asking: bool = False

    @rx.event
    async def ask(self, is_open: bool):
        """Open or close the question whether it shall be deleted."""
        await signed_in(self)
        page = await self.get_state(MeetingState)
        if is_open is True and page.status == MeetingStatus.LIVE:
            raise Conflict(t("refusal.being_held"))
        self.is_asking = is_open is True

    @rx.event
    async def delete(self):
        user_id = await signed_in(self)
        self.is_asking = False
        page = await self.get_state(MeetingState)
        meeting_id = uuid_of(page.meeting_id_text, t("refusal.meeting_missing"))
        await asyncio.to_thread(services().deletions.delete_meeting, user_id, meeting_id)
        await forget_shown(self)
        await notify(self, "success", t("deletion.done"))
        return rx.redirect("/meetings")

    @rx.event
    async def refresh(self, meeting_id: str):
        """A meeting changed. If it was deleted, in whatever tab, nothing of it stays in this one."""
        user_id = await signed_in(self)
        if meeting_id == WHICHEVER:
            receipts = await asyncio.to_thread(services().deletions.list_receipts, user_id)
            gone = [str(receipt.meeting_id) for receipt in receipts]
        else:
            wanted = uuid_of(meeting_id, t("refusal.meeting_missing"))
            gone = [] if await asyncio.to_thread(_is_there, user_id, wanted) else [str(wanted)]
        for kept in await list_naming(self, *gone) if gone else ():
            await _forget(kept)


def _is_there(user_id: UUID, meeting_id: UUID) -> bool:
    try:
        services().meetings.get_meeting(user_id, meeting_id)
    except NotFound:
        return False
    return True


async def _forget(kept: BaseState) -> None:
    match kept:
        case (
            AskState()
            | CompareState()
            | DashboardState()
            | MeetingsState()
            | NotificationsState()
            | OutflowsState()
            | ProgressState()
        ):
            await kept._fetch()
        case MeetingState():
            kept.reset()
            kept.is_missing = kept.is_loaded = True
        case CallState():
            kept.reset()
            kept.is_missing = True
        case RecorderState():
            await kept._fetch()
        case OperationsState():
            # It has ids and steps of meetings, and no words.
            pass
        case _:
            kept.reset()


class ReceiptsState(rx.State):
    rows: list[ReceiptRow] = []

    @rx.event
    async def load(self):
        await self._fetch()

    @rx.event
    async def refresh(self, _meeting_id: str):
        """Perhaps a deletion is done by now."""
        await self._fetch()

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        found = await asyncio.to_thread(services().deletions.list_receipts, user_id)
        self.rows = [ReceiptRow.of(receipt, zone, now) for receipt in found]


on_change(DeletionState.refresh)
on_change(ReceiptsState.refresh, "/settings")

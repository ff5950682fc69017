"""Deleting the meetings that are selected in the list."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from peak_app.domain.fields import uuid_of
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import plural, t
from peak_app.state.meetings import MeetingsState
from peak_app.state.session import notify, signed_in
from peak_app.wiring import services


@dataclass
class RefusalRow:
    """A meeting that was not deleted, and why."""

    meeting_id: str
    title: str
    sentence: str


class BulkDeletionState(rx.State):
    is_asking: bool = False
    question: str = ""
    confirmation: str = ""
    refusals: list[RefusalRow] = []
    _asked_of: list[str] = []
    """What the number in the question counts: nothing else is deleted, whatever is selected by then."""

    @rx.event
    async def ask(self):
        """Whether what is selected shall be deleted."""
        await signed_in(self)
        page = await self.get_state(MeetingsState)
        await self._ask(list(page.selected))

    @rx.event
    async def ask_one(self, meeting_id: str):
        """The same for one row of the list."""
        await signed_in(self)
        page = await self.get_state(MeetingsState)
        await self._ask([row.meeting_id for row in page.rows if row.meeting_id == meeting_id])

    @rx.event
    async def close(self, _is_open: bool = False):
        await signed_in(self)
        self.is_asking, self._asked_of = False, []

    @rx.event
    async def forget_refusals(self):
        await signed_in(self)
        self.refusals = []

    @rx.event
    async def delete(self):
        """Pressed twice, it does nothing the second time."""
        user_id = await signed_in(self)
        asked_of, self._asked_of, self.is_asking = self._asked_of, [], False
        if not asked_of:
            return
        wanted = [uuid_of(meeting_id, t("refusal.meeting_missing")) for meeting_id in asked_of]
        done = await asyncio.to_thread(services().deletions.delete_meetings, user_id, wanted)
        self.refusals = [
            RefusalRow(str(refusal.meeting_id), refusal.title, refusal.sentence) for refusal in done.refusals
        ]
        page = await self.get_state(MeetingsState)
        page._select([row.meeting_id for row in self.refusals])
        await page._fetch()
        if done.receipts:
            await notify(self, "success", plural("bulk.done", len(done.receipts)))

    async def _ask(self, meeting_ids: list[str]) -> None:
        if not meeting_ids:
            raise NotFound(t("bulk.nothing"))
        self._asked_of, self.refusals, self.is_asking = meeting_ids, [], True
        self.question = plural("bulk.question", len(meeting_ids))
        self.confirmation = plural("bulk.do", len(meeting_ids))

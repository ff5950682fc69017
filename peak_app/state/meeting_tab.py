"""A tab of a meeting's page that reads for itself: when the page opens, and when something of the meeting changed."""

from uuid import UUID

import reflex as rx

from peak_app.domain.fields import uuid_of
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import t
from peak_app.state.live import WHICHEVER
from peak_app.state.path import id_in_path
from peak_app.state.session import signed_in


class MeetingTab(rx.State, mixin=True):
    """Whoever takes this in says how to `_fetch`, and subscribes its `refresh` with `on_change`."""

    _meeting_id_text: str = ""

    @rx.event
    async def load(self):
        user_id = await signed_in(self)
        self.reset()
        try:
            meeting_id = id_in_path(self, t("refusal.meeting_missing"))
        except NotFound:
            return
        self._meeting_id_text = str(meeting_id)
        await self._show(user_id, meeting_id)

    @rx.event
    async def refresh(self, meeting_id: str):
        """Something of a meeting changed: read it again if it is the one on the page."""
        user_id = await signed_in(self)
        if self._meeting_id_text and meeting_id in (self._meeting_id_text, WHICHEVER):
            await self._show(user_id, uuid_of(self._meeting_id_text, t("refusal.meeting_missing")))

    async def _show(self, user_id: UUID, meeting_id: UUID) -> None:
        try:
            await self._fetch(user_id, meeting_id)
        except NotFound:
            # It may have been deleted while this page was open.
            self.reset()

    async def _fetch(self, user_id: UUID, meeting_id: UUID) -> None:
        """Read and show. Raises: NotFound: there is no such meeting for this person."""
        raise NotImplementedError

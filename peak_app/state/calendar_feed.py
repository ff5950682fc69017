"""The private calendar feed in the settings: its address, which is told once, and whether there is one."""

import asyncio
from datetime import UTC, datetime

import reflex as rx

from peak_app.i18n.catalogue import t
from peak_app.state.formatting import moment_text, zone_of
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services


class CalendarFeedState(rx.State):
    """`address` is there only in the tab that has just asked for it, until its page is left."""

    is_on: bool = False
    since: str = ""
    address: str = ""

    @rx.event
    async def load(self):
        self.address = ""
        await self._fetch()

    @rx.event
    async def renew(self):
        """Have a feed at a new address."""
        user_id = await signed_in(self)
        self.address = await asyncio.to_thread(services().calendars.renew_feed, user_id)
        await self._fetch()

    @rx.event
    async def switch_off(self):
        user_id = await signed_in(self)
        await asyncio.to_thread(services().calendars.switch_off, user_id)
        self.address = ""
        await self._fetch()
        await notify(self, "success", t("feed.is_off"))

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        known = await asyncio.to_thread(services().calendars.find_feed, user_id)
        self.is_on = known is not None
        self.since = moment_text(known, zone_of(session.time_zone), datetime.now(UTC))

"""Settings: the passkeys that sign in to one's account."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx

from peak_app.domain.fields import uuid_of
from peak_app.domain.passkeys.site import passkey_site
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import day_text, moment_text, zone_of
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services


@dataclass
class PasskeyRow:
    """A way in. `remove` names the button for those who hear it."""

    passkey_id: str
    name: str
    since: str
    used: str
    remove: str


def passkey_origin() -> str:
    """Where passkeys are made and good; empty: browsers make none for our address."""
    site = passkey_site(services().settings)
    return site.origin if site else ""


class PasskeysState(rx.State):
    rows: list[PasskeyRow] = []
    site: str = ""

    @rx.event
    async def load(self):
        await self._fetch()
        self.site = passkey_origin()

    @rx.event
    async def added(self):
        """The page says that one was; only what there is now is shown."""
        before = len(self.rows)
        await self._fetch()
        if len(self.rows) > before:
            await notify(self, "success", t("passkeys.added"))

    @rx.event
    async def remove(self, passkey_id: str):
        user_id = await signed_in(self)
        await asyncio.to_thread(services().passkeys.remove, user_id, uuid_of(passkey_id, t("passkeys.gone")))
        await self._fetch()
        await notify(self, "success", t("passkeys.removed"))

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self.rows = [
            PasskeyRow(
                passkey_id=str(found.passkey_id),
                name=found.name,
                since=t("passkeys.added_on", since=day_text(found.added_at, zone, now)),
                used=t("passkeys.used", used=moment_text(found.last_used_at, zone, now)),
                remove=t("passkeys.remove_name", name=found.name),
            )
            for found in await asyncio.to_thread(services().passkeys.list_own, user_id)
        ]

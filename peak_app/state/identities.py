"""Settings: the providers that sign in to one's account besides the mail."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx

from peak_app.domain.accounts.errors import sign_in_sentence
from peak_app.domain.fields import uuid_of
from peak_app.domain.identities.offers import list_offers
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import day_text, moment_text, zone_of
from peak_app.state.login import OfferRow, offer_rows
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services


@dataclass
class IdentityRow:
    """A way in. `unlink` names the button for those who hear it."""

    identity_id: str
    label: str
    email: str
    since: str
    used: str
    unlink: str


class IdentitiesState(rx.State):
    rows: list[IdentityRow] = []
    offers: list[OfferRow] = []
    error: str = ""
    is_shown: bool = False
    """Whether there is anything to say: a provider is set up, or one was."""

    @rx.event
    async def load(self):
        await self._fetch()
        self.offers = offer_rows("identities.link")
        self.is_shown = bool(self.rows or self.offers)
        query = self.router.url.query_parameters
        code, linked = query.get("error", ""), query.get("linked", "")
        self.error = sign_in_sentence(code) if code else ""
        labels = {offer.name: offer.label for offer in list_offers(services().settings)}
        # The address may say anything: what it claims must be so.
        if linked in labels and any(row.label == labels[linked] for row in self.rows):
            await notify(self, "success", t("identities.linked", provider=labels[linked]))

    @rx.event
    async def unlink(self, identity_id: str):
        user_id = await signed_in(self)
        await asyncio.to_thread(services().identities.unlink, user_id, uuid_of(identity_id, t("identities.gone")))
        await self._fetch()
        await notify(self, "success", t("identities.unlinked"))

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self.rows = [
            IdentityRow(
                identity_id=str(found.identity_id),
                label=found.label,
                email=found.email or t("identities.no_address"),
                since=t("identities.linked_since", since=day_text(found.linked_at, zone, now)),
                used=t("identities.used", used=moment_text(found.last_used_at, zone, now)),
                unlink=t("identities.unlink_name", provider=found.label, email=found.email),
            )
            for found in await asyncio.to_thread(services().identities.list_linked, user_id)
        ]

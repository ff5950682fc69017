"""The sign-in page: what its address says about the step before."""

from dataclasses import dataclass

import reflex as rx

from peak_app.domain.accounts.errors import sign_in_sentence
from peak_app.domain.accounts.paths import is_local_path
from peak_app.domain.identities.offers import list_offers
from peak_app.i18n.catalogue import t
from peak_app.state.passkeys import passkey_origin
from peak_app.wiring import services


@dataclass
class OfferRow:
    """A provider one may sign in by. `action` is where its form goes."""

    action: str
    button: str


def offer_rows(button_key: str) -> list[OfferRow]:
    """A button for each provider that is set up, with this text around its name."""
    return [
        OfferRow(f"/auth/with/{offer.name}", t(button_key, provider=offer.label))
        for offer in list_offers(services().settings)
    ]


class LoginState(rx.State):
    is_sent: bool = False
    """Whether a mail was just asked for: the page then asks for its six digits."""
    error: str = ""
    notice: str = ""
    next_path: str = ""
    offers: list[OfferRow] = []
    passkey_site: str = ""
    is_loaded: bool = False

    @rx.event
    async def load(self):
        query = self.router.url.query_parameters
        code = query.get("error", "")
        self.is_sent = query.get("sent", "") == "1"
        self.notice = t("sign_in.signed_out_now") if code == "signed_out_now" else ""
        self.error = "" if self.notice or not code else sign_in_sentence(code)
        wanted = query.get("next", "")
        self.next_path = wanted if is_local_path(wanted) else ""
        self.offers = offer_rows("login.with")
        self.passkey_site = passkey_origin()
        self.is_loaded = True

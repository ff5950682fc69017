"""Asking whether times should be shown in the browser's time zone."""

import reflex as rx

from peak_app.i18n.catalogue import t
from peak_app.state.account import AccountState
from peak_app.state.session import SessionState

_JSX = rx.asset("zone.jsx", shared=True).importable_path


class ZoneOffer(rx.NoSSRComponent):
    library = _JSX
    tag = "ZoneOffer"
    zone: rx.Var[str]
    text: rx.Var[str]
    action: rx.Var[str]
    on_use: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def zone_offer() -> rx.Component:
    return rx.cond(
        SessionState.is_signed_in,
        ZoneOffer.create(
            zone=SessionState.time_zone,
            text=t("settings.zone_offer"),
            action=t("settings.zone_use"),
            on_use=AccountState.use_zone,
        ),
    )

"""The passkeys of one's account, with a button to take each away, and the way to add one."""

import reflex as rx

from peak_app.components.forms import button
from peak_app.components.layout import panel
from peak_app.components.passkeys import passkey_adder
from peak_app.i18n.catalogue import t
from peak_app.state.passkeys import PasskeyRow, PasskeysState


def _passkey(row: rx.Var[PasskeyRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(rx.icon("fingerprint", size=19), class_name="glyph", aria_hidden="true"),
            rx.el.span(
                rx.el.span(rx.el.span(row.name, dir="auto"), class_name="name"),
                rx.el.span(row.since, ", ", row.used, class_name="sub num", display="block"),
                min_width="0",
            ),
            button(
                t("passkeys.remove"),
                look="danger small",
                on_click=PasskeysState.remove(row.passkey_id),
                aria_label=row.remove,
            ),
            class_name="item",
        ),
        key=row.passkey_id,
    )


def passkeys() -> rx.Component:
    return panel(
        passkey_adder(PasskeysState.site, PasskeysState.added),
        rx.el.p(t("passkeys.hint"), class_name="muted settings-fine"),
        rx.cond(
            PasskeysState.rows.length() > 0,
            rx.el.div(
                rx.el.ul(rx.foreach(PasskeysState.rows, _passkey), class_name="list"), class_name="settings-list"
            ),
        ),
        title=t("passkeys.title"),
        text=t("passkeys.text"),
    )

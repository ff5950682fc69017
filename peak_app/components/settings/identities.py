"""The providers that sign in to one's account, with a button to take each away or add another."""

import reflex as rx

from peak_app.components.forms import button, post_form, problem
from peak_app.components.layout import panel
from peak_app.i18n.catalogue import t
from peak_app.state.identities import IdentitiesState, IdentityRow
from peak_app.state.login import OfferRow


def _identity(row: rx.Var[IdentityRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(rx.icon("key-round", size=19), class_name="glyph", aria_hidden="true"),
            rx.el.span(
                rx.el.span(rx.el.span(row.label), class_name="name"),
                rx.el.span(row.email, class_name="sub", display="block", overflow_wrap="anywhere"),
                rx.el.span(row.since, ", ", row.used, class_name="sub num", display="block"),
                min_width="0",
            ),
            button(
                t("identities.unlink"),
                look="danger small",
                on_click=IdentitiesState.unlink(row.identity_id),
                aria_label=row.unlink,
            ),
            class_name="item",
        ),
        key=row.identity_id,
    )


def _offer(row: rx.Var[OfferRow]) -> rx.Component:
    return post_form(
        rx.el.input(type="hidden", name="link", value="1"),
        button(row.button, look="soft small", kind="submit", icon="link"),
        action=row.action,
        key=row.action,
    )


def identities() -> rx.Component:
    return rx.cond(
        IdentitiesState.is_shown,
        panel(
            problem(IdentitiesState.error),
            rx.el.div(rx.foreach(IdentitiesState.offers, _offer), class_name="row"),
            rx.el.p(t("identities.hint"), class_name="muted settings-fine"),
            rx.cond(
                IdentitiesState.rows.length() > 0,
                rx.el.div(
                    rx.el.ul(rx.foreach(IdentitiesState.rows, _identity), class_name="list"), class_name="settings-list"
                ),
            ),
            title=t("identities.title"),
            text=t("identities.text"),
        ),
    )

"""`/goodbye?receipt=…`: the receipt of an account that is gone, for whoever holds its link; nobody is signed in."""

import reflex as rx

from peak_app.components.feedback import skeleton_rows
from peak_app.components.forms import button
from peak_app.components.layout import brand
from peak_app.components.links import button_link
from peak_app.domain.departures.service import RECEIPT_LINK_LIFE
from peak_app.i18n.catalogue import t
from peak_app.state.goodbye import GoodbyeState
from peak_app.state.receipt_rows import GoneRow


def _part(row: rx.Var[GoneRow]) -> rx.Component:
    return rx.el.tr(rx.el.th(row.label, scope="row"), rx.el.td(row.count, class_name="num"))


def _receipt() -> rx.Component:
    look_again = button(t("goodbye.look"), look="soft small", icon="rotate-cw", on_click=GoodbyeState.load)
    return rx.fragment(
        rx.el.h1(t("goodbye.title")),
        rx.el.p(t("goodbye.text")),
        rx.el.dl(
            rx.el.div(rx.el.dt(t("goodbye.asked")), rx.el.dd(GoodbyeState.asked, class_name="num")),
            rx.el.div(
                rx.el.dt(t("goodbye.done")),
                rx.el.dd(rx.cond(GoodbyeState.is_done, GoodbyeState.done, t("goodbye.going")), class_name="num"),
            ),
            rx.cond(
                GoodbyeState.plan != "",
                rx.el.div(rx.el.dt(t("goodbye.paid_plan")), rx.el.dd(GoodbyeState.plan)),
            ),
            class_name="outflow-facts",
            role="status",
        ),
        rx.cond(
            GoodbyeState.is_done & ~GoodbyeState.is_plan_going,
            rx.fragment(),
            rx.el.div(look_again, class_name="row", margin_top="12px"),
        ),
        rx.el.table(
            rx.el.caption(t("goodbye.part")),
            rx.el.tbody(rx.foreach(GoodbyeState.parts, _part)),
            class_name="receipt",
            margin_top="18px",
        ),
        rx.el.p(t("goodbye.link", days=RECEIPT_LINK_LIFE.days), class_name="muted settings-fine"),
    )


def _missing() -> rx.Component:
    return rx.fragment(rx.el.h1(t("goodbye.missing")), rx.el.p(t("goodbye.missing_text", days=RECEIPT_LINK_LIFE.days)))


def goodbye_page() -> rx.Component:
    return rx.el.div(
        rx.el.main(
            rx.el.div(
                brand("/"),
                rx.cond(
                    GoodbyeState.is_loaded, rx.cond(GoodbyeState.is_missing, _missing(), _receipt()), skeleton_rows()
                ),
                button_link(t("goodbye.home"), "/", look="soft", icon="arrow-left"),
                class_name="panel auth-card goodbye",
            ),
            id="main",
            class_name="center-page",
        ),
        class_name="hero-bg",
    )

"""`/billing`: the plan, and the ledger of minutes."""

import reflex as rx

from peak_app.components.art import ledger
from peak_app.components.feedback import empty, note, skeleton_rows
from peak_app.components.layout import app_page, page_head, panel
from peak_app.components.links import page_link
from peak_app.i18n.catalogue import t
from peak_app.state.billing import BillingState, LedgerRow


def _entry(row: rx.Var[LedgerRow]) -> rx.Component:
    inside = rx.fragment(
        rx.el.span(rx.icon("timer", size=18), class_name="glyph", aria_hidden="true"),
        rx.el.span(
            rx.el.span(rx.el.span(row.title), class_name="name"),
            rx.el.span(row.when, class_name="sub num", display="block"),
            min_width="0",
        ),
        rx.el.span(row.duration, class_name="end num"),
    )
    return rx.el.li(
        rx.cond(
            row.path != "",
            page_link(inside, to=row.path, class_name="item"),
            rx.el.div(inside, class_name="item"),
        )
    )


def _plan() -> rx.Component:
    return panel(
        rx.el.div(
            rx.el.div(
                rx.el.div(t("billing.left"), class_name="muted", font_size="13.5px"),
                rx.el.div(
                    BillingState.left, class_name="num", font_size="38px", font_weight="700", letter_spacing="-.035em"
                ),
                flex="1 1 200px",
            ),
            rx.el.div(
                rx.el.div(t("billing.used"), class_name="muted", font_size="13.5px"),
                rx.el.div(BillingState.used, class_name="num", font_size="20px", font_weight="620"),
                padding_top="14px",
            ),
            class_name="row",
        ),
        rx.el.div(
            rx.el.span(width=f"{BillingState.used_percent}%"),
            class_name=rx.cond(BillingState.is_low, "bar low", "bar"),
            role="img",
            aria_label=t("billing.used") + ": " + BillingState.used,
            margin="16px 0 12px",
        ),
        rx.el.p(BillingState.included, " ", BillingState.renews, class_name="muted", font_size="13.5px", margin="0"),
        rx.cond(
            BillingState.is_exhausted,
            rx.el.div(note(t("billing.exhausted"), icon="circle-alert", tone="amber"), margin_top="14px"),
        ),
        title=t("billing.plan"),
        end=rx.el.span(BillingState.plan, class_name="tag demo"),
    )


def billing_page() -> rx.Component:
    entries = panel(
        rx.cond(
            BillingState.rows.length() > 0,
            rx.el.div(rx.el.ul(rx.foreach(BillingState.rows, _entry), class_name="list"), margin="0 -20px -20px"),
            empty(ledger(), t("billing.empty"), t("billing.empty_text")),
        ),
        title=t("billing.ledger"),
        text=t("billing.ledger_text"),
    )
    return app_page(
        page_head(t("nav.billing"), t("billing.text")),
        rx.cond(
            BillingState.is_loaded,
            rx.fragment(_plan(), note(t("billing.upgrade"), icon="credit-card"), entries),
            skeleton_rows(),
        ),
    )

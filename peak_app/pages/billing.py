"""`/billing`: the plan, the minutes of the month, what else could be had, and the ledger."""

import reflex as rx

from peak_app.components.art import ledger
from peak_app.components.feedback import empty, note, skeleton_rows
from peak_app.components.forms import button, post_form
from peak_app.components.layout import app_page, page_head, panel
from peak_app.components.links import page_link
from peak_app.components.minutes import minutes_view
from peak_app.i18n.catalogue import t
from peak_app.state.billing import BillingState, InvoiceRow, LedgerRow


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


def _when(text: rx.Var[str], *, icon: str, tone: str = "") -> rx.Component:
    return rx.cond(text != "", note(text, icon=icon, tone=tone))


def _notes() -> rx.Component:
    """What the person should know first, the most pressing on top."""
    return rx.fragment(
        rx.cond(
            BillingState.is_confirming,
            rx.el.div(note(t("billing.confirming"), icon="loader"), role="status"),
        ),
        _when(BillingState.exhausted, icon="circle-alert", tone="amber"),
        rx.cond(BillingState.is_low, note(t("billing.low"), icon="circle-alert", tone="amber")),
        rx.cond(BillingState.is_warning, note(BillingState.plan_text, icon="circle-alert", tone="amber")),
        _when(BillingState.unheard, icon="info"),
        rx.cond(BillingState.is_sandbox, note(t("billing.sandbox"), icon="flask-conical")),
        rx.cond(
            BillingState.can_upgrade | BillingState.is_paid,
            rx.fragment(),
            note(t("billing.nobody_sells"), icon="credit-card"),
        ),
    )


def _usage() -> rx.Component:
    return panel(
        minutes_view("page"),
        rx.el.p(BillingState.included, " ", BillingState.renews, class_name="muted billing-terms"),
        title=t("billing.usage"),
    )


def _plan() -> rx.Component:
    manage = post_form(
        button(t("billing.manage"), look="soft", icon="external-link", kind="submit"), action="/billing/portal"
    )
    return panel(
        rx.el.p(BillingState.plan, class_name="plan-name"),
        rx.cond(
            BillingState.is_warning, rx.fragment(), rx.el.p(BillingState.plan_text, class_name="muted billing-terms")
        ),
        rx.cond(BillingState.can_manage, manage),
        title=t("billing.plan"),
    )


def _point(text: rx.Var[str]) -> rx.Component:
    return rx.el.li(rx.icon("check", size=16, aria_hidden="true"), rx.el.span(text))


def _offer(
    name: str | rx.Var[str],
    price: rx.Component,
    points: rx.Var[list[str]],
    is_current: rx.Var[bool],
    *end: rx.Component,
) -> rx.Component:
    return rx.el.article(
        rx.el.header(
            rx.el.h3(name),
            rx.cond(is_current, rx.el.span(t("billing.current"), class_name="tag demo")),
        ),
        price,
        rx.el.ul(rx.foreach(points, _point)),
        *end,
        class_name="plan-card",
        custom_attrs={"data-current": is_current},
    )


def _plans() -> rx.Component:
    free = rx.el.p(BillingState.free_price, rx.el.small(t("billing.a_month")), class_name="plan-price num")
    paid = rx.el.p(
        BillingState.paid_price,
        rx.el.small(t("billing.a_month"), ", ", t("billing.before_tax")),
        class_name="plan-price num",
    )
    upgrade = rx.cond(
        BillingState.can_upgrade,
        post_form(button(t("billing.upgrade"), icon="sparkles", kind="submit"), action="/billing/checkout"),
    )
    return panel(
        rx.el.div(
            _offer(t("billing.free"), free, BillingState.free_points, ~BillingState.is_paid),
            _offer(BillingState.paid_name, paid, BillingState.paid_points, BillingState.is_paid, upgrade),
            class_name="grid-2",
        ),
        title=t("billing.plans"),
        text=t("billing.plans_text"),
    )


def _invoice(row: rx.Var[InvoiceRow]) -> rx.Component:
    return rx.el.tr(rx.el.th(row.number, scope="row"), rx.el.td(row.when), rx.el.td(row.outcome), rx.el.td(row.amount))


def _invoices() -> rx.Component:
    heads = [t(f"billing.invoice_{column}") for column in ("number", "day", "state", "amount")]
    table = rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*[rx.el.th(head, scope="col") for head in heads])),
            rx.el.tbody(rx.foreach(BillingState.invoices, _invoice)),
            class_name="invoices num",
        ),
        class_name="invoices-frame",
    )
    return rx.cond(
        (BillingState.invoices.length() > 0) | (BillingState.invoice_problem != ""),
        panel(
            _when(BillingState.invoice_problem, icon="circle-alert", tone="amber"),
            rx.cond(BillingState.invoices.length() > 0, table),
            title=t("billing.invoices"),
            text=t("billing.invoices_text"),
        ),
    )


def _ledger() -> rx.Component:
    return panel(
        rx.cond(
            BillingState.rows.length() > 0,
            rx.el.div(rx.el.ul(rx.foreach(BillingState.rows, _entry), class_name="list"), margin="0 -20px -20px"),
            empty(ledger(), t("billing.empty"), t("billing.empty_text")),
        ),
        title=t("billing.ledger"),
        text=t("billing.ledger_text"),
    )


def billing_page() -> rx.Component:
    return app_page(
        page_head(t("nav.billing"), t("billing.text")),
        rx.cond(
            BillingState.is_loaded,
            rx.fragment(
                _notes(),
                rx.el.div(_usage(), _plan(), class_name="grid-side"),
                _plans(),
                _ledger(),
                _invoices(),
            ),
            skeleton_rows(),
        ),
    )

"""What left this machine: each host that was talked to for the person, and for which meetings."""

import reflex as rx

from peak_app.components.layout import panel
from peak_app.components.links import page_link
from peak_app.i18n.catalogue import t
from peak_app.state.outflows import HostRow, MeetingLink, MeetingOutflowsState, OutflowRow, OutflowsState


def _meeting(row: rx.Var[MeetingLink]) -> rx.Component:
    return rx.el.li(page_link(row.title, to="/meetings/" + row.meeting_id), key=row.meeting_id)


def _host(row: rx.Var[HostRow]) -> rx.Component:
    facts = rx.el.dl(
        rx.el.div(rx.el.dt(t("outflows.purposes")), rx.el.dd(row.purposes)),
        rx.el.div(rx.el.dt(t("outflows.requests")), rx.el.dd(row.requests)),
        rx.el.div(rx.el.dt(t("outflows.sent")), rx.el.dd(row.sent)),
        rx.el.div(rx.el.dt(t("outflows.first")), rx.el.dd(row.first)),
        rx.el.div(rx.el.dt(t("outflows.last")), rx.el.dd(row.last)),
        class_name="outflow-facts",
    )
    return rx.el.li(
        rx.el.details(
            rx.el.summary(rx.el.b(row.host), rx.el.span(row.about, class_name="muted num")),
            rx.el.div(
                facts,
                rx.el.p(row.meetings_text, class_name="text"),
                rx.el.ul(rx.foreach(row.meetings, _meeting), class_name="outflow-meetings"),
                class_name="inside",
            ),
            class_name="fold",
        ),
        key=row.host,
    )


def _nothing(text: str) -> rx.Component:
    return rx.el.div(rx.icon("shield-check", size=17, aria_hidden="true"), rx.el.p(text), class_name="note green")


def outflows() -> rx.Component:
    return panel(
        rx.cond(
            OutflowsState.rows.length() > 0,
            rx.el.ul(rx.foreach(OutflowsState.rows, _host), class_name="receipts outflow-hosts"),
            _nothing(t("outflows.nothing")),
        ),
        rx.cond(OutflowsState.stores != "", rx.el.p(OutflowsState.stores, class_name="muted settings-fine")),
        rx.el.p(t("outflows.about"), class_name="muted settings-fine"),
        title=t("outflows.title"),
        text=t("outflows.text"),
    )


def _line(row: rx.Var[OutflowRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.host, scope="row"),
        rx.el.td(row.purpose),
        rx.el.td(row.requests, class_name="num"),
        rx.el.td(row.sent, class_name="num"),
    )


def meeting_outflows() -> rx.Component:
    """The same for one meeting, folded, below what was made of it."""
    heads = [rx.el.th(t(f"outflows.head_{name}"), scope="col") for name in ("host", "purpose", "requests", "sent")]
    table = rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*heads)),
            rx.el.tbody(rx.foreach(MeetingOutflowsState.rows, _line)),
            class_name="receipt",
        ),
        class_name="scroll",
    )
    return rx.el.details(
        rx.el.summary(
            rx.icon("globe-lock", size=17, aria_hidden="true"),
            rx.el.span(t("outflows.title")),
            rx.el.span(MeetingOutflowsState.about, class_name="muted"),
        ),
        rx.el.div(
            rx.cond(MeetingOutflowsState.rows.length() > 0, table, _nothing(t("outflows.meeting_nothing"))),
            class_name="inside",
        ),
        class_name="fold",
    )

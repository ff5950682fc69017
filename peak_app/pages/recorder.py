"""`/operations/meetings/[meeting_id]`: the flight recorder of one meeting, for the person who runs the installation."""

import reflex as rx

from peak_app.components.feedback import missing, skeleton_rows
from peak_app.components.forms import button
from peak_app.components.layout import app_page, crumb, page_head, panel
from peak_app.components.links import plain_link
from peak_app.i18n.catalogue import t
from peak_app.state.recorder import FlightRow, RecorderState


def _row(row: rx.Var[FlightRow]) -> rx.Component:
    mark = rx.match(
        row.outcome,
        ("done", rx.icon("check", size=13)),
        ("failed", rx.icon("x", size=13)),
        rx.el.i(),
    )
    return rx.el.li(
        rx.cond(row.day != "", rx.el.h3(row.day, class_name="flight-day")),
        rx.el.div(
            rx.el.time(row.clock, class_name="num"),
            rx.el.span(mark, class_name="mark", aria_hidden="true"),
            rx.el.div(
                rx.el.p(rx.el.b(row.what), rx.cond(row.detail != "", rx.el.span(row.detail, class_name="num"))),
                rx.cond(row.reason != "", rx.el.p(row.reason, class_name="reason")),
                rx.cond(row.ops_path != "", plain_link(t("operations.run"), href=row.ops_path)),
                class_name="told",
            ),
            rx.el.span(row.took, class_name="took num"),
            class_name="flight-entry",
            custom_attrs={"data-outcome": row.outcome},
        ),
    )


def _repair_dialog() -> rx.Component:
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(t("recorder.repair_question")),
            rx.alert_dialog.description(t("recorder.repair_text"), size="2", color_scheme="gray"),
            rx.el.div(
                rx.alert_dialog.cancel(button(t("common.cancel"), look="soft")),
                rx.alert_dialog.action(button(t("recorder.repair_do"), icon="wrench", on_click=RecorderState.repair)),
                class_name="actions",
                margin_top="20px",
            ),
            max_width="460px",
        ),
        open=RecorderState.is_asking,
        on_open_change=RecorderState.ask,
    )


def _facts() -> rx.Component:
    def fact(label: str, value: rx.Component | rx.Var[str]) -> rx.Component:
        return rx.el.div(rx.el.dt(label), rx.el.dd(value, class_name="num"))

    state = rx.el.span(RecorderState.status_text, class_name="pill", custom_attrs={"data-state": RecorderState.status})
    return rx.el.dl(
        fact(t("recorder.state"), state),
        fact(t("recorder.first"), RecorderState.first),
        fact(t("recorder.last"), RecorderState.last),
        fact(t("recorder.count"), RecorderState.count),
        class_name="panel pad flight-facts",
    )


def recorder_page() -> rx.Component:
    head = page_head(
        t("recorder.title"),
        rx.el.p(RecorderState.meeting_id_text, class_name="num flight-id"),
        rx.cond(
            RecorderState.can_repair,
            button(t("recorder.repair"), look="soft", icon="wrench", on_click=RecorderState.ask(True)),
        ),
        button(t("operations.refresh"), look="soft", icon="rotate-cw", on_click=RecorderState.load),
        above=crumb(t("recorder.back"), "/operations"),
    )
    shown = rx.fragment(
        head,
        rx.cond(
            RecorderState.is_loaded,
            rx.fragment(
                _facts(),
                panel(
                    rx.el.ol(rx.foreach(RecorderState.rows, _row), class_name="flight"),
                    title=t("recorder.timeline"),
                    text=t("recorder.text") + " " + t("recorder.timeline_text"),
                ),
            ),
            skeleton_rows(),
        ),
        _repair_dialog(),
    )
    lost = missing(t("recorder.unknown"), t("recorder.unknown_text"), t("recorder.unknown_do"), "/operations")
    return app_page(rx.cond(RecorderState.is_missing, lost, shown))

"""How the candidate spoke: the pace over time, and each number with everything it counts, to be heard."""

import reflex as rx

from peak_app.components.charts.speech import speech_chart
from peak_app.components.feedback import note
from peak_app.components.layout import panel
from peak_app.components.results.absent import not_yet, silent
from peak_app.components.results.failed import failed
from peak_app.i18n.catalogue import t
from peak_app.state.delivery import DeliveryState
from peak_app.state.delivery_rows import KindRow, MeasureRow, MomentRow
from peak_app.state.meeting import MeetingState


def _play(row: rx.Var[MomentRow]) -> rx.Component:
    return rx.el.button(
        rx.icon("play", size=13, aria_hidden="true"),
        row.at,
        type="button",
        class_name="cite play",
        aria_label=row.play_label,
        custom_attrs={"data-play-ms": row.play_ms},
    )


def _moment(row: rx.Var[MomentRow]) -> rx.Component:
    line = rx.el.button(
        t("delivery.line"), type="button", class_name="line-link", on_click=MeetingState.show_line(row.line_id)
    )
    return rx.el.li(
        rx.cond(MeetingState.recording_url != "", _play(row), rx.el.span(row.at, class_name="cite still")),
        rx.el.div(
            rx.el.span(row.text, class_name="what"),
            rx.cond(row.width != "", rx.el.i(width=row.width, class_name="measure-bar", aria_hidden="true")),
            rx.cond(row.detail != "", rx.el.small(row.detail)),
            class_name="about",
        ),
        rx.cond(row.line_id != "", line),
    )


def _kind(row: rx.Var[KindRow]) -> rx.Component:
    head = rx.el.div(
        rx.el.h4(row.kind),
        rx.el.i(width=row.width, class_name="measure-bar", aria_hidden="true"),
        rx.el.span(row.count, class_name="num"),
        class_name="kind",
    )
    return rx.el.div(
        rx.cond(row.kind != "", head),
        rx.cond(row.moments.length() > 0, rx.el.ul(rx.foreach(row.moments, _moment), class_name="moments")),
    )


def _measure(row: rx.Var[MeasureRow]) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.el.h3(row.label),
            rx.el.b(row.value, class_name="num"),
            rx.el.span(row.hint, class_name="hint"),
        ),
        rx.el.div(
            rx.foreach(row.kinds, _kind),
            rx.el.details(
                rx.el.summary(t("delivery.formula")), rx.el.p(row.formula, class_name="text"), class_name="formula"
            ),
            class_name="inside",
        ),
        key=row.name,
        class_name="fold measure",
        custom_attrs={"data-measure": row.name},
    )


def _basis() -> rx.Component:
    said = rx.match(
        DeliveryState.basis,
        ("listening", note(t("delivery.listening"), icon="ear")),
        ("off", note(t("delivery.off"), icon="circle-off")),
        ("missing", note(t("delivery.missing"), icon="circle-off")),
        ("failed", failed(t("delivery.failed"), " ", DeliveryState.problem)),
        rx.fragment(),
    )
    return rx.fragment(said)


def _ready() -> rx.Component:
    chart = panel(
        speech_chart(DeliveryState.bars, DeliveryState.marks, DeliveryState.length_ms, DeliveryState.average),
        title=t("delivery.over_time"),
        text=t("delivery.over_time_text"),
    )
    numbers = panel(
        rx.el.div(rx.foreach(DeliveryState.measures, _measure), class_name="measures"),
        rx.cond(
            DeliveryState.basis == "sound",
            rx.el.p(t("delivery.engine"), " ", DeliveryState.engine, class_name="versions"),
        ),
        title=t("delivery.numbers"),
        text=t("delivery.numbers_text"),
    )
    return rx.el.div(_basis(), rx.cond(DeliveryState.bars.length() > 0, chart), numbers, class_name="stack")


def delivery_tab() -> rx.Component:
    return rx.cond(
        MeetingState.is_silent,
        silent(),
        rx.cond(DeliveryState.basis != "", _ready(), not_yet(t("delivery.none"))),
    )

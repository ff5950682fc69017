"""The latency receipt: how fast the coach answered, and where the time went. Folded until someone asks."""

import reflex as rx

from peak_app.components.results.cites import cites
from peak_app.i18n.catalogue import t
from peak_app.state.latency_rows import TOTAL, BarPiece, PartRow, ReplyRow
from peak_app.state.meeting import MeetingState


def _part(row: rx.Var[PartRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.cond(row.name != TOTAL, rx.el.i(class_name="swatch", custom_attrs={"data-part": row.name})),
            row.label,
            rx.el.small(row.what),
            scope="row",
        ),
        rx.el.td(row.p50),
        rx.el.td(row.p95),
        custom_attrs={"data-part": row.name},
    )


def _parts() -> rx.Component:
    return rx.el.table(
        rx.el.caption(t("receipt.parts")),
        rx.el.thead(
            rx.el.tr(
                rx.el.th(t("receipt.part"), scope="col"),
                rx.el.th(t("receipt.half"), scope="col"),
                rx.el.th(t("receipt.most"), scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(MeetingState.latency_parts, _part)),
        class_name="receipt",
    )


def _piece(piece: rx.Var[BarPiece]) -> rx.Component:
    return rx.el.i(width=piece.width, custom_attrs={"data-part": piece.name})


def _number(text: rx.Var[str]) -> rx.Component:
    return rx.el.td(text)


def _reply(row: rx.Var[ReplyRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(cites(row.cites), scope="row"),
        rx.el.td(rx.el.div(rx.foreach(row.bar, _piece), class_name="split", aria_hidden="true"), class_name="wide"),
        rx.el.td(rx.el.b(row.total)),
        rx.foreach(row.parts, _number),
    )


def _replies() -> rx.Component:
    table = rx.el.table(
        rx.el.caption(t("receipt.replies")),
        rx.el.thead(
            rx.el.tr(
                rx.el.th(t("receipt.at"), scope="col"),
                rx.el.td(),
                rx.el.th(t("receipt.total"), scope="col"),
                rx.foreach(
                    MeetingState.latency_parts,
                    lambda row: rx.cond(row.name != TOTAL, rx.el.th(row.label, scope="col")),
                ),
            )
        ),
        rx.el.tbody(rx.foreach(MeetingState.replies, _reply)),
        class_name="receipt",
    )
    # A keyboard must be able to scroll what does not fit.
    return rx.el.div(table, class_name="scroll", role="region", aria_label=t("receipt.replies"), tab_index=0)


def receipt() -> rx.Component:
    return rx.el.details(
        rx.el.summary(t("receipt.title")),
        rx.el.div(
            rx.el.p(t("receipt.text"), class_name="text"),
            _parts(),
            rx.el.p(t("receipt.percentiles"), class_name="text"),
            _replies(),
            class_name="inside",
        ),
        class_name="fold",
    )

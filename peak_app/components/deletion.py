"""Deleting a meeting: the button, the question before it, and the receipts after it."""

import reflex as rx

from peak_app.components.forms import button
from peak_app.components.layout import panel
from peak_app.i18n.catalogue import t
from peak_app.state.deletion import DeletionState, ReceiptsState
from peak_app.state.receipt_rows import GoneRow, ReceiptRow


def delete_button() -> rx.Component:
    return button(t("deletion.button"), look="danger small", icon="trash-2", on_click=DeletionState.ask(True))


def delete_dialog() -> rx.Component:
    """Says what goes and what stays, before anything does."""
    going = [t(f"deletion.goes.{kind}") for kind in ("words", "media", "results", "history")]
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(t("deletion.question")),
            rx.alert_dialog.description(t("deletion.text"), size="2", color_scheme="gray"),
            rx.el.ul(*[rx.el.li(text) for text in going], class_name="points deleted-parts"),
            rx.el.p(t("deletion.stays"), class_name="muted", margin="0", font_size="14px"),
            rx.el.div(
                rx.alert_dialog.cancel(button(t("common.keep"), look="soft")),
                rx.alert_dialog.action(
                    button(t("deletion.do"), look="danger solid", icon="trash-2", on_click=DeletionState.delete)
                ),
                class_name="actions",
                margin_top="20px",
            ),
            max_width="460px",
        ),
        open=DeletionState.is_asking,
        on_open_change=DeletionState.ask,
    )


def _part(row: rx.Var[GoneRow]) -> rx.Component:
    return rx.el.tr(rx.el.th(row.label, scope="row"), rx.el.td(row.count, class_name="num"))


def _receipt(row: rx.Var[ReceiptRow]) -> rx.Component:
    mark = rx.cond(row.is_done, rx.icon("check", size=15), rx.icon("loader", size=15))
    return rx.el.li(
        rx.el.details(
            rx.el.summary(
                rx.el.span(mark, aria_hidden="true"), rx.el.span(row.asked, class_name="num"), rx.el.span(row.outcome)
            ),
            rx.el.div(
                rx.el.table(rx.el.tbody(rx.foreach(row.parts, _part)), class_name="receipt"), class_name="inside"
            ),
            class_name="fold",
        ),
        key=row.receipt_id,
    )


def receipts() -> rx.Component:
    """Only for those who have deleted something."""
    return rx.cond(
        ReceiptsState.rows.length() > 0,
        panel(
            rx.el.ul(rx.foreach(ReceiptsState.rows, _receipt), class_name="receipts"),
            title=t("deletion.receipts"),
            text=t("deletion.receipts_text"),
        ),
    )

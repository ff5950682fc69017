"""The versions of an agent, what each changed, and the way back."""

import reflex as rx

from peak_app.components.forms import button
from peak_app.components.layout import panel
from peak_app.i18n.catalogue import t
from peak_app.state.agent import AgentState
from peak_app.state.versions import ChangeRow, DiffRow, VersionRow, VersionsState


def _line(line: rx.Var[DiffRow]) -> rx.Component:
    return rx.el.div(
        rx.el.span(line.mark, class_name="vh"),
        rx.el.span(line.text, dir="auto"),
        class_name="diff-line",
        custom_attrs={"data-kind": line.kind},
    )


def _change(change: rx.Var[ChangeRow]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(change.name),
        rx.el.div(rx.foreach(change.lines, _line), class_name="diff"),
        class_name="version-change",
    )


def _version(row: rx.Var[VersionRow]) -> rx.Component:
    is_open = VersionsState.open_number == row.number
    return rx.el.li(
        rx.el.div(
            rx.el.b(row.title),
            rx.cond(row.is_newest, rx.el.span(t("version.newest"), class_name="tag")),
            rx.el.span(row.saved, class_name="muted num"),
            class_name="row",
        ),
        rx.el.p(row.changed, class_name="muted"),
        rx.el.div(
            rx.cond(
                row.number > 1,
                rx.el.button(
                    rx.cond(is_open, t("version.hide"), t("version.show")),
                    type="button",
                    class_name="btn soft small",
                    aria_expanded=rx.cond(is_open, "true", "false"),
                    on_click=VersionsState.show_changes(row.number),
                ),
            ),
            rx.cond(
                row.is_newest,
                rx.fragment(),
                button(t("version.restore"), look="soft small", on_click=AgentState.restore(row.number)),
            ),
            class_name="row",
        ),
        rx.cond(is_open, rx.el.div(rx.foreach(VersionsState.changes, _change), class_name="stack")),
        class_name="version",
        key=row.number,
    )


def versions() -> rx.Component:
    return panel(
        rx.el.ol(rx.foreach(VersionsState.rows, _version), class_name="versions"),
        title=t("version.title"),
        text=t("version.text"),
    )

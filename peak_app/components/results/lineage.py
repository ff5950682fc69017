"""How the results of a meeting were made, step by step."""

import reflex as rx

from peak_app.components.layout import panel
from peak_app.components.links import plain_link
from peak_app.i18n.catalogue import t
from peak_app.state.insight_rows import StepRow
from peak_app.state.meeting import MeetingState
from peak_app.state.session import SessionState


def _step(row: rx.Var[StepRow]) -> rx.Component:
    mark = rx.match(
        row.outcome,
        ("done", rx.icon("check", size=14)),
        ("failed", rx.icon("x", size=14)),
        ("waiting", rx.icon("loader", size=14)),
        ("outdated", rx.icon("history", size=14)),
        rx.icon("minus", size=14),
    )
    return rx.el.li(
        rx.el.span(mark, class_name="dot", aria_hidden="true"),
        rx.el.div(
            rx.el.b(row.label),
            rx.el.small(row.detail),
            rx.cond(
                SessionState.is_operator & (row.ops_path != ""),
                rx.el.small(plain_link(t("lineage.run"), href=row.ops_path)),
            ),
        ),
        rx.el.time(row.when),
        custom_attrs={"data-step": row.outcome},
    )


def step_list() -> rx.Component:
    return rx.el.ol(rx.foreach(MeetingState.steps, _step), class_name="steps")


def lineage() -> rx.Component:
    return panel(
        step_list(),
        rx.cond(
            SessionState.is_operator,
            plain_link(
                rx.icon("workflow", size=16),
                t("lineage.ops"),
                href="/ops",
                class_name="btn soft small",
                margin_top="12px",
            ),
        ),
        title=t("lineage.title"),
        text=t("lineage.text"),
    )

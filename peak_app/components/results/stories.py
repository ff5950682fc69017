"""Answers that tell a story, with its parts marked, how long each took, and the one to add as a question."""

import reflex as rx

from peak_app.components.layout import panel
from peak_app.i18n.catalogue import t
from peak_app.state.meeting import MeetingState
from peak_app.state.scorecard import ScorecardState
from peak_app.state.scorecard_rows import PieceRow, ShareRow, StoryRow


def _piece(row: rx.Var[PieceRow]) -> rx.Component:
    # Nobody who listens to the page hears colours.
    marked = rx.el.mark(
        rx.el.span("[", row.label, "] ", class_name="vh"),
        row.text,
        title=row.label,
        custom_attrs={"data-part": row.part},
    )
    return rx.cond(row.part != "", marked, rx.el.span(row.text))


def _bar(row: rx.Var[ShareRow]) -> rx.Component:
    return rx.cond(row.width != "", rx.el.i(width=row.width, custom_attrs={"data-part": row.part}))


def _share(row: rx.Var[ShareRow]) -> rx.Component:
    return rx.el.li(
        rx.el.i(class_name="swatch", custom_attrs={"data-part": rx.cond(row.share != "", row.part, "none")}),
        rx.el.b(row.label),
        " ",
        rx.cond(
            row.share != "",
            rx.el.span(row.share, class_name="num"),
            rx.el.span(t("scorecard.not_found"), class_name="muted"),
        ),
    )


def _story(row: rx.Var[StoryRow]) -> rx.Component:
    return rx.el.li(
        rx.el.h3(
            row.question,
            rx.el.button(
                row.at,
                type="button",
                class_name="cite",
                aria_label=t("scorecard.show_answer") + " " + row.at,
                on_click=MeetingState.show_line(row.line_id),
            ),
        ),
        rx.el.p(rx.foreach(row.pieces, _piece), class_name="story-text"),
        rx.el.div(rx.foreach(row.shares, _bar), class_name="split", aria_hidden="true"),
        rx.el.ul(rx.foreach(row.shares, _share), class_name="shares", aria_label=t("scorecard.shares")),
        rx.cond(row.missing != "", rx.el.p(rx.icon("message-circle-question", size=16), row.missing, class_name="ask")),
        class_name="story",
    )


def stories() -> rx.Component:
    return rx.cond(
        ScorecardState.stories.length() > 0,
        panel(
            rx.el.ol(rx.foreach(ScorecardState.stories, _story), class_name="stories"),
            title=t("scorecard.stories"),
            text=t("scorecard.stories_text"),
        ),
    )

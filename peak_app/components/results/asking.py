"""Questions about a meeting, and answers with quotes."""

import reflex as rx

from peak_app.components.asking import ask_panel, quote_words
from peak_app.components.results.absent import not_yet
from peak_app.i18n.catalogue import t
from peak_app.state.asking_rows import QuoteRow
from peak_app.state.meeting import MeetingState


def _quote(row: rx.Var[QuoteRow]) -> rx.Component:
    """Shows the line, and plays it where there is a recording."""
    return rx.el.button(
        *quote_words(row),
        type="button",
        class_name="quote",
        on_click=MeetingState.show_line(row.line_id),
        custom_attrs={"data-play-ms": row.at_ms.to(str)},
    )


def ask_tab() -> rx.Component:
    return rx.cond(
        MeetingState.is_searchable | MeetingState.is_silent,
        ask_panel(_quote, name=t("ask.field"), invitation=t("ask.empty")),
        not_yet(t("ask.none")),
    )

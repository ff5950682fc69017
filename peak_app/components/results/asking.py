"""Questions about a meeting, and answers with quotes."""

import reflex as rx

from peak_app.components.forms import button, problem
from peak_app.components.results.absent import not_yet
from peak_app.i18n.catalogue import t
from peak_app.state.asking import AskState, MessageRow, QuoteRow
from peak_app.state.meeting import MeetingState


def _quote(row: rx.Var[QuoteRow]) -> rx.Component:
    return rx.el.button(
        "“",
        row.quote,
        "”",
        rx.el.span(row.place),
        type="button",
        class_name="quote",
        on_click=MeetingState.show_line(row.line_id),
    )


def _message(row: rx.Var[MessageRow]) -> rx.Component:
    return rx.cond(
        row.is_question,
        rx.el.div(row.text, class_name="bubble mine"),
        rx.el.div(
            rx.el.span(row.text),
            rx.foreach(row.quotes, _quote),
            rx.cond(row.engine != "", rx.el.span(row.engine, class_name="muted", font_size="12px")),
            class_name="bubble theirs",
        ),
    )


def ask_tab() -> rx.Component:
    form = rx.form(
        rx.el.div(
            rx.el.input(
                name="question",
                class_name="input",
                aria_label=t("ask.field"),
                placeholder=t("ask.field"),
                default_value=AskState.draft,
                key="turn-" + AskState.turn.to(str),
                max_length=500,
                auto_complete="off",
                flex="1 1 220px",
                width="auto",
            ),
            button(t("ask.button"), kind="submit", icon="sparkles", disabled=AskState.pending != ""),
            class_name="row",
        ),
        on_submit=AskState.ask,
        reset_on_submit=False,
    )
    chat = rx.el.div(
        rx.cond(
            (AskState.messages.length() == 0) & (AskState.pending == ""),
            rx.el.p(t("ask.empty"), class_name="muted", margin="0"),
        ),
        rx.foreach(AskState.messages, _message),
        rx.cond(
            AskState.pending != "",
            rx.fragment(
                rx.el.div(AskState.pending, class_name="bubble mine"),
                rx.el.div(
                    rx.el.span(rx.el.i(), rx.el.i(), rx.el.i(), class_name="typing", aria_hidden="true"),
                    rx.el.span(t("ask.thinking"), class_name="vh"),
                    class_name="bubble theirs",
                ),
            ),
        ),
        class_name="chat",
        role="log",
        aria_label=t("ask.log"),
    )
    return rx.cond(
        MeetingState.is_searchable | MeetingState.is_silent,
        rx.el.section(chat, rx.el.div(height="16px"), problem(AskState.error), form, class_name="panel pad stack"),
        not_yet(t("ask.none")),
    )

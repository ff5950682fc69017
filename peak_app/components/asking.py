"""A conversation of questions and answers, whatever it is about: what was asked, what is being written, the field."""

from collections.abc import Callable

import reflex as rx

from peak_app.components.forms import button, problem
from peak_app.i18n.catalogue import t
from peak_app.state.asking import AskState
from peak_app.state.asking_rows import ClaimRow, MessageRow, QuoteRow

Quote = Callable[[rx.Var[QuoteRow]], rx.Component]
"""A moment an answer rests on, as something to press."""


def quote_words(row: rx.Var[QuoteRow]) -> list[rx.Component | rx.Var]:
    # Beside what is seen, not instead of it: whoever speaks to their browser says what they see.
    return [rx.el.i(row.label, class_name="vh"), rx.cond(row.quote != "", rx.el.q(row.quote)), rx.el.span(row.place)]


def _claims(claims: rx.Var[list[ClaimRow]], quote: Quote) -> rx.Component:
    def claim(row: rx.Var[ClaimRow]) -> rx.Component:
        return rx.el.div(rx.el.p(row.text), rx.foreach(row.quotes, quote), class_name="claim")

    return rx.foreach(claims, claim)


def _message(row: rx.Var[MessageRow], quote: Quote) -> rx.Component:
    return rx.cond(
        row.is_question,
        rx.el.div(row.text, class_name="bubble mine"),
        rx.el.div(
            rx.cond(row.claims.length() > 0, _claims(row.claims, quote), rx.el.p(row.text)),
            rx.cond(row.engine != "", rx.el.span(row.engine, class_name="muted engine")),
            class_name="bubble theirs",
        ),
    )


def _being_answered(quote: Quote) -> rx.Component:
    # Read out when it is finished, as a message: words that come one by one would be read again and again.
    return rx.fragment(
        rx.el.div(AskState.pending, class_name="bubble mine"),
        rx.el.div(
            _claims(AskState.written, quote),
            rx.el.span(rx.el.i(), rx.el.i(), rx.el.i(), class_name="typing", aria_hidden="true"),
            rx.cond(AskState.written.length() == 0, rx.el.span(t("ask.thinking"), class_name="vh")),
            class_name="bubble theirs",
            aria_live="off",
            custom_attrs={"data-writing": "true"},
        ),
    )


def _form(name: str) -> rx.Component:
    label = rx.cond(AskState.can_repeat, t("ask.again"), t("ask.button"))
    return rx.form(
        rx.el.div(
            rx.el.input(
                name="question",
                class_name="input",
                aria_label=name,
                placeholder=name,
                default_value=AskState.draft,
                key="turn-" + AskState.turn.to(str),
                max_length=500,
                auto_complete="off",
                flex="1 1 220px",
                width="auto",
            ),
            button(label, kind="submit", icon="sparkles", disabled=AskState.pending != ""),
            class_name="row",
        ),
        on_submit=AskState.ask,
        reset_on_submit=False,
    )


def _clearing() -> rx.Component:
    dialog = rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(t("ask.clear_question")),
            rx.alert_dialog.description(t("ask.clear_text"), size="2", color_scheme="gray"),
            rx.el.div(
                rx.alert_dialog.cancel(button(t("common.keep"), look="soft")),
                rx.alert_dialog.action(
                    button(t("ask.clear_do"), look="danger solid", icon="trash-2", on_click=AskState.clear)
                ),
                class_name="actions",
                margin_top="20px",
            ),
            max_width="440px",
        ),
        open=AskState.is_clearing,
        on_open_change=AskState.ask_clear,
    )
    open_it = button(t("ask.clear"), look="ghost small", icon="eraser", on_click=AskState.ask_clear(True))
    return rx.fragment(
        rx.cond((AskState.messages.length() > 0) & (AskState.pending == ""), rx.el.div(open_it, class_name="chat-end")),
        dialog,
    )


def ask_panel(quote: Quote, *, name: str, invitation: str) -> rx.Component:
    """The whole conversation; `name` is the field's, `invitation` is shown before the first question."""
    chat = rx.el.div(
        rx.cond(
            (AskState.messages.length() == 0) & (AskState.pending == ""),
            rx.el.p(invitation, class_name="muted", margin="0"),
        ),
        rx.foreach(AskState.messages, lambda row: _message(row, quote)),
        rx.cond(AskState.pending != "", _being_answered(quote)),
        class_name="chat",
        role="log",
        aria_label=t("ask.log"),
    )
    return rx.el.section(chat, problem(AskState.error), _form(name), _clearing(), class_name="panel pad stack asking")

"""`/ask`: one question to all of one's own meetings."""

import reflex as rx

from peak_app.components.art import conversation
from peak_app.components.asking import ask_panel, quote_words
from peak_app.components.feedback import empty, skeleton_rows
from peak_app.components.layout import app_page, page_head
from peak_app.components.links import page_link
from peak_app.components.meetings import new_meeting_button, new_meeting_dialog
from peak_app.i18n.catalogue import t
from peak_app.state.asking import AskState
from peak_app.state.asking_rows import QuoteRow


def _quote(row: rx.Var[QuoteRow]) -> rx.Component:
    return page_link(*quote_words(row), to=row.path, class_name="quote")


def _nothing_yet() -> rx.Component:
    return rx.el.div(
        empty(conversation(), t("ask.all_none"), t("ask.all_none_text"), new_meeting_button()), class_name="panel"
    )


def ask_page() -> rx.Component:
    has_nothing = AskState.is_empty_handed & (AskState.messages.length() == 0)
    return app_page(
        page_head(t("ask.all"), t("ask.all_text")),
        rx.cond(
            AskState.is_loaded,
            rx.cond(
                has_nothing,
                _nothing_yet(),
                ask_panel(_quote, name=t("ask.all"), invitation=t("ask.all_empty")),
            ),
            skeleton_rows(),
        ),
        new_meeting_dialog(),
    )

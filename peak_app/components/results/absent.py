"""What a tab shows when there is nothing to show."""

import reflex as rx

from peak_app.components.art import conversation
from peak_app.components.feedback import empty
from peak_app.i18n.catalogue import t


def not_yet(text: str) -> rx.Component:
    """It is still being made, or could not be."""
    return _place(t("summary.not_yet"), text)


def silent() -> rx.Component:
    """Nothing was said, so there is nothing to make."""
    return _place(t("summary.silent"), t("summary.silent_text"))


def nothing_said() -> rx.Component:
    """The agent spoke, the person said nothing a summary could rest on."""
    return _place(t("summary.empty"), t("summary.empty_text"))


def _place(title: str, text: str) -> rx.Component:
    return rx.el.div(empty(conversation(), title, text), class_name="panel")

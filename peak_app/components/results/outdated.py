"""A result that was made before its transcript was corrected says so, and can be made again."""

import reflex as rx

from peak_app.components.forms import button
from peak_app.i18n.catalogue import t
from peak_app.state.meeting import MeetingState


def outdated_note(tab: str) -> rx.Component:
    """For what the tab shows; nothing while it is up to date, or being made."""
    again = rx.cond(
        MeetingState.is_own,
        button(t("outdated.again"), look="soft small", icon="rotate-cw", on_click=MeetingState.try_again),
    )
    text = rx.el.div(rx.el.b(t("outdated.title")), rx.el.p(t("outdated.text")), class_name="grow")
    return rx.cond(
        MeetingState.outdated_tabs.contains(tab) & (MeetingState.status == "completed"),
        rx.el.div(
            rx.icon("history", size=17),
            text,
            again,
            class_name="note amber outdated",
            custom_attrs={"data-outdated": tab},
        ),
    )

"""A result that could not be made: why, and the way to have it made after all."""

import reflex as rx

from peak_app.components.feedback import note
from peak_app.components.forms import button
from peak_app.i18n.catalogue import t
from peak_app.state.meeting import MeetingState


def try_again() -> rx.Component:
    """For the owner, while nothing is being made."""
    return rx.cond(
        MeetingState.is_own & (MeetingState.status != "processing"),
        button(t("meeting.retry"), look="soft small", icon="rotate-cw", on_click=MeetingState.try_again),
    )


def failed(*text: str | rx.Var[str]) -> rx.Component:
    return rx.el.div(
        note(*text, icon="circle-alert", tone="red"), try_again(), class_name="stack", align_items="flex-start"
    )

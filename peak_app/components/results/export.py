"""The menu that takes a meeting away as a file."""

import reflex as rx

from peak_app.i18n.catalogue import t
from peak_app.state.meeting import MeetingState

FORMATS = {"pdf": ".pdf", "markdown": ".md", "vtt": ".vtt", "srt": ".srt", "json": ".json"}
"""Formats of the route, and the endings of their files."""


def _item(name: str, ending: str, href: rx.Var[str]) -> rx.Component:
    return rx.dropdown_menu.item(
        rx.el.a(
            rx.el.span(t(f"export.{name}")),
            rx.el.small(ending, aria_hidden="true"),
            href=href,
            download=True,
            class_name="export-item",
        ),
        as_child=True,
    )


def export_menu() -> rx.Component:
    """As soon as there is a transcript; the recording when it is ready."""
    base = "/api/meetings/" + MeetingState.meeting_id_text + "/export/"
    return rx.cond(
        MeetingState.has_transcript,
        rx.dropdown_menu.root(
            rx.dropdown_menu.trigger(
                rx.el.button(
                    rx.icon("download", size=16), t("export.button"), type="button", class_name="btn soft small"
                )
            ),
            rx.dropdown_menu.content(
                *[_item(name, ending, base + name) for name, ending in FORMATS.items()],
                rx.cond(
                    MeetingState.recording == "ready",
                    _item("media", ".webm", MeetingState.recording_url + "?download=1"),
                    rx.dropdown_menu.item(t("export.media"), disabled=True),
                ),
                align="end",
                variant="soft",
            ),
            # The page behind an open menu stays what it is; a modal one would hide things that can have the focus.
            modal=False,
        ),
    )

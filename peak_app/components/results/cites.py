"""Links from a remark to the lines it rests on."""

import reflex as rx

from peak_app.state.insight_rows import CiteRow
from peak_app.state.meeting import MeetingState


def _cite(link: rx.Var[CiteRow]) -> rx.Component:
    return rx.el.button(
        link.at,
        type="button",
        class_name="cite",
        aria_label=link.label,
        on_click=MeetingState.show_line(link.line_id),
    )


def cites(links: rx.Var[list[CiteRow]]) -> rx.Component:
    return rx.el.span(rx.foreach(links, _cite), class_name="cites")

"""How the conversation itself went: whether the agent let the person finish, and how fast it answered."""

import reflex as rx

from peak_app.components.results.cites import cites
from peak_app.components.results.origin import origin
from peak_app.components.results.receipt import receipt
from peak_app.domain.insights.steps import TRANSCRIPT
from peak_app.i18n.catalogue import t
from peak_app.state.meeting import MeetingState


def conversation() -> rx.Component:
    cut_offs = rx.el.p(
        t("cut_offs.label"),
        " ",
        rx.el.b(MeetingState.cut_offs_text, class_name="num"),
        cites(MeetingState.cut_offs),
        class_name="cut-offs",
    )
    # Whether anyone watched for the one says nothing about the other.
    has_cut_offs, has_receipt = MeetingState.cut_offs_text != "", MeetingState.latency_parts.length() > 0
    return rx.cond(
        has_cut_offs | has_receipt,
        rx.el.section(
            rx.cond(has_cut_offs, cut_offs),
            rx.cond(has_receipt, receipt()),
            origin(TRANSCRIPT),
            class_name="panel pad stack",
            aria_label=t("cut_offs.title"),
        ),
    )

"""Ending a call from the page of its meeting."""

import reflex as rx

from peak_app.i18n.catalogue import t

_JSX = rx.asset("end_call.jsx", shared=True).importable_path


class EndCallButton(rx.NoSSRComponent):
    library = _JSX
    tag = "EndCallButton"
    meeting_id: rx.Var[str]
    label: rx.Var[str]
    failure: rx.Var[str]


def end_call_button(meeting_id: rx.Var[str]) -> rx.Component:
    return EndCallButton.create(meeting_id=meeting_id, label=t("room.end"), failure=t("room.unreachable"))

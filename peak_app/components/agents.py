"""What an agent is described by, in the dialog that makes one and on its page."""

import reflex as rx

from peak_app.components.forms import field
from peak_app.domain.agents.models import INSTRUCTIONS_LIMIT, NAME_LIMIT
from peak_app.i18n.catalogue import t


def name_field(value: rx.Var[str], **props: object) -> rx.Component:
    """`props` go to the input."""
    control = rx.el.input(
        name="name", class_name="input", default_value=value, auto_complete="off", dir="auto", **props
    )
    return field(t("agents.name"), control, limit=t("agents.limit", limit=f"{NAME_LIMIT:,}"))


def instructions_field(value: rx.Var[str], **props: object) -> rx.Component:
    """`props` go to the text area."""
    return field(
        t("agents.instructions"),
        rx.el.textarea(name="instructions", class_name="input", default_value=value, dir="auto", **props),
        hint=t("agents.instructions_hint"),
        limit=t("agents.limit", limit=f"{INSTRUCTIONS_LIMIT:,}"),
    )

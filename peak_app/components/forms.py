"""Fields and buttons, with their labels."""

import reflex as rx

from peak_app.i18n.catalogue import t


class PostForm(rx.Component):
    """A plain HTML form that the browser posts itself, so that the answer can set cookies and load a page."""

    tag = "form"
    _is_tag_in_global_scope = True
    action: rx.Var[str]
    method: rx.Var[str]


def post_form(*children: rx.Component, action: str, **props: object) -> rx.Component:
    return PostForm.create(*children, action=action, method="post", **props)


def field(
    label: str, control: rx.Component, *, hint: str | rx.Var[str] | rx.Component = "", limit: str = ""
) -> rx.Component:
    """A labelled control; `limit` is shown opposite the label, `hint` below. Neither is part of its name."""
    has_hint = not isinstance(hint, str) or bool(hint)
    hint_id = "hint-" + label.lower().replace(" ", "-")
    if has_hint:
        control.custom_attrs = {**control.custom_attrs, "aria-describedby": hint_id}
    return rx.el.div(
        rx.el.span(limit, class_name="limit") if limit else rx.fragment(),
        rx.el.label(rx.el.span(label, class_name="label"), control),
        rx.el.span(hint, class_name="hint", id=hint_id) if has_hint else rx.fragment(),
        class_name="field",
    )


def button(
    label: str | rx.Var[str], *, look: str = "primary", icon: str = "", kind: str = "button", **props: object
) -> rx.Component:
    return rx.el.button(
        *([rx.icon(icon, size=17, aria_hidden="true")] if icon else []),
        label,
        type=kind,
        class_name=f"btn {look}",
        **props,
    )


def problem(text: rx.Var[str]) -> rx.Component:
    """Why something was refused, read out at once."""
    return rx.cond(
        text != "",
        rx.el.div(rx.icon("circle-alert", size=17), rx.el.p(text), class_name="note red", role="alert"),
    )


def dialog_buttons(*buttons: rx.Component) -> rx.Component:
    return rx.el.div(
        *buttons,
        rx.el.div(flex="1"),
        rx.dialog.close(button(t("common.cancel"), look="ghost")),
        class_name="row",
    )

"""A number at a glance: what it counts, the number, and what to make of it."""

import reflex as rx

Words = str | rx.Var[str]


def tile(label: Words, value: rx.Var[str] | rx.Component, hint: Words, *, icon: str = "") -> rx.Component:
    return rx.el.div(
        rx.el.div(*([rx.icon(icon, size=16)] if icon else []), label, class_name="top"),
        rx.el.div(value, class_name="value"),
        rx.el.div(hint, class_name="hint"),
        class_name="panel kpi",
    )

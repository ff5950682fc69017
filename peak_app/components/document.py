"""What every page carries in its head."""

import reflex as rx

from peak_app.components.theme import THEME_COLOR

_STYLES = (
    "peak",
    "room",
    "lobby",
    "stage",
    "billing",
    "transcript",
    "scorecard",
    "delivery",
    "asking",
    "deletion",
    "meetings",
    "settings",
    "origin",
    "progress",
    "agents",
    "recorder",
    "palette",
)
STYLESHEETS = [f"/{name}.css" for name in _STYLES]


def head() -> list[rx.Component]:
    return [
        rx.el.link(rel="icon", href="/icon.svg", type="image/svg+xml"),
        rx.el.link(rel="apple-touch-icon", href="/icons/apple-touch-icon.png"),
        rx.el.link(rel="manifest", href="/manifest.webmanifest"),
        rx.el.meta(name="theme-color", content=THEME_COLOR),
        rx.el.script(src="/install.js", defer=True),
    ]

"""Trying and choosing microphone, camera and speaker outside a call."""

import reflex as rx

from peak_app.components.call import room as _room  # noqa: F401  lays out the parts that are shared with the lobby
from peak_app.i18n.catalogue import section

_JSX = rx.asset("device_panel.jsx", shared=True).importable_path


class DevicePanel(rx.NoSSRComponent):
    """`strings` are those of the lobby and the panel's own. What is chosen stays in the browser."""

    library = _JSX
    tag = "DevicePanel"
    strings: rx.Var[dict[str, str]]


def device_panel() -> rx.Component:
    return DevicePanel.create(strings={**section("room"), **section("devices")})

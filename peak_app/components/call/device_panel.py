"""Trying and choosing microphone, camera and speaker outside a call."""

import reflex as rx

from peak_app.components.call.room import part
from peak_app.i18n.catalogue import section


class DevicePanel(rx.NoSSRComponent):
    """`strings` are those of the lobby and the panel's own. What is chosen stays in the browser."""

    library = part("device_panel.jsx")
    tag = "DevicePanel"
    strings: rx.Var[dict[str, str]]


def device_panel() -> rx.Component:
    return DevicePanel.create(strings={**section("room"), **section("devices")})

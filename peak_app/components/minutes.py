"""Minutes of the month, which run on while a call runs."""

import reflex as rx

from peak_app.i18n.catalogue import section
from peak_app.state.frame import FrameState

_JSX = rx.asset("minutes.jsx", shared=True).importable_path


class MinutesView(rx.Component):
    library = _JSX
    tag = "Minutes"
    used_ms: rx.Var[int]
    included_ms: rx.Var[int]
    live_calls: rx.Var[int]
    look: rx.Var[str]
    strings: rx.Var[dict[str, str]]


def minutes_view(look: str) -> rx.Component:
    """`look` is frame or page."""
    return rx.cond(
        FrameState.is_loaded,
        MinutesView.create(
            used_ms=FrameState.used_ms,
            included_ms=FrameState.included_ms,
            live_calls=FrameState.live_calls,
            look=look,
            strings=section("minutes"),
        ),
        rx.skeleton(height="44px" if look == "frame" else "132px", width="100%", border_radius="12px"),
    )

"""Arriving at a line from another page."""

import reflex as rx


class Arrival(rx.NoSSRComponent):
    """Plays the line with this id once, where the meeting was recorded."""

    library = rx.asset("arrival.jsx", shared=True).importable_path
    tag = "Arrival"
    line_id: rx.Var[str]


def arrival(line_id: rx.Var[str]) -> rx.Component:
    return Arrival.create(line_id=line_id)

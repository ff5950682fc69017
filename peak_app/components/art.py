"""Small drawings, in the theme's colours."""

import reflex as rx


def _svg(*shapes: rx.Component, box: str = "0 0 108 84") -> rx.Component:
    return rx.el.svg(*shapes, view_box=box, width="100%", height="100%", fill="none")


def _line(d: str, color: str = "var(--accent-8)", width: str = "2.4", **props: object) -> rx.Component:
    return rx.el.path(d=d, stroke=color, stroke_width=width, stroke_linecap="round", stroke_linejoin="round", **props)


def peaks() -> rx.Component:
    """Mountains with a path to the top: progress."""
    return _svg(
        rx.el.circle(cx="82", cy="20", r="9", fill="var(--accent-a4)"),
        _line("M6 74 38 26l15 22 11-15 36 41", "var(--accent-8)"),
        _line("M38 26v-14M38 12l11 4-11 4", "var(--accent-9)"),
        _line("M6 74h94", "var(--gray-a6)"),
        _line("M30 38l6 5 6-6 5 4", "var(--accent-a7)", "2"),
    )


def conversation() -> rx.Component:
    """Two speech bubbles: a meeting."""
    return _svg(
        _line("M10 22a8 8 0 0 1 8-8h38a8 8 0 0 1 8 8v18a8 8 0 0 1-8 8H30L18 58V48a8 8 0 0 1-8-8Z", "var(--accent-8)"),
        _line("M24 28h26M24 36h16", "var(--accent-a7)"),
        _line("M74 32h16a8 8 0 0 1 8 8v18a8 8 0 0 1-8 8v9L79 66H58a8 8 0 0 1-8-8v-1", "var(--gray-a8)"),
        _line("M66 50h18", "var(--gray-a7)"),
    )


def orb() -> rx.Component:
    """The voice of an agent."""
    return _svg(
        rx.el.circle(cx="54", cy="42", r="34", stroke="var(--accent-a4)", stroke_width="2"),
        rx.el.circle(cx="54", cy="42", r="25", stroke="var(--accent-a6)", stroke_width="2"),
        rx.el.circle(cx="54", cy="42", r="16", fill="var(--accent-a4)", stroke="var(--accent-8)", stroke_width="2.4"),
        _line("M48 42v0M54 36v12M60 40v4", "var(--accent-10)"),
    )


def ledger() -> rx.Component:
    return _svg(
        _line("M30 10h48a5 5 0 0 1 5 5v60l-8-5-7 5-7-5-7 5-7-5-7 5-8-5-7 5V15a5 5 0 0 1 4-5Z", "var(--accent-8)"),
        _line("M38 26h32M38 38h32M38 50h18", "var(--accent-a7)"),
    )

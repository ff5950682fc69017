"""Notices, empty places, and pages still on their way."""

import reflex as rx

from peak_app.components.links import button_link
from peak_app.i18n.catalogue import t
from peak_app.state.session import SessionState

_JSX = rx.asset("notifier.jsx", shared=True).importable_path


class NotifierView(rx.NoSSRComponent):
    """Shows each notice once. Toasts sent by the server would need `eval`, which the pages' policy forbids."""

    library = _JSX
    tag = "Notifier"
    notice: rx.Var[dict[str, str]]
    on_shown: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def notifier() -> rx.Component:
    return NotifierView.create(notice=SessionState.notice, on_shown=SessionState.clear_notice)


def note(*children: rx.Component | str | rx.Var[str], icon: str = "info", tone: str = "") -> rx.Component:
    return rx.el.div(rx.icon(icon, size=17, aria_hidden="true"), rx.el.p(*children), class_name=f"note {tone}")


def empty(art: rx.Component, title: str, text: str, *actions: rx.Component) -> rx.Component:
    """A place with nothing in it yet, saying what belongs there and how to get it."""
    return rx.el.div(
        rx.el.div(art, class_name="art", aria_hidden="true"),
        rx.el.h2(title),
        rx.el.p(text),
        rx.el.div(*actions, class_name="row"),
        class_name="empty",
    )


def skeleton_rows(count: int = 3) -> rx.Component:
    return rx.el.div(
        *[rx.skeleton(height="58px", width="100%", border_radius="12px") for _ in range(count)],
        rx.el.span(t("common.loading"), class_name="vh", role="status"),
        class_name="stack pad",
    )


def demo_tag() -> rx.Component:
    return rx.el.span(t("common.demo"), class_name="tag demo", title=t("common.demo_hint"))


def missing(title: str, text: str, link: str, to: str) -> rx.Component:
    """What was asked for is not there, or not for this person."""
    return rx.el.div(
        rx.el.div(
            rx.el.h1(title, font_size="24px"),
            rx.el.p(text),
            button_link(link, to, look="soft", icon="arrow-left"),
            class_name="empty",
        ),
        class_name="panel",
    )

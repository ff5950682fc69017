"""`/`: what this is, for someone who has never heard of it."""

import reflex as rx

from peak_app.components.layout import brand, color_mode
from peak_app.components.links import button_link, page_link
from peak_app.i18n.catalogue import t
from peak_app.state.session import SessionState


def _scene() -> rx.Component:
    """A call as it looks, drawn with nothing but boxes."""
    return rx.el.div(
        rx.el.div(
            rx.el.span(class_name="rec"),
            rx.el.span(t("landing.scene_title")),
            rx.el.div(flex="1"),
            rx.el.span("12:40"),
            class_name="top num",
        ),
        rx.el.div(
            rx.el.div(
                rx.el.div(rx.el.i(), rx.el.i(), rx.el.i(), rx.el.b(), class_name="orb", style={"--level": "0.35"}),
                rx.el.span(t("landing.scene_agent")),
                class_name="tile",
            ),
            rx.el.div(rx.el.div("Y", class_name="person"), rx.el.span(t("transcript.you")), class_name="tile you"),
            class_name="tiles",
        ),
        rx.el.div(rx.el.b(t("landing.scene_agent")), t("landing.scene_question"), class_name="says"),
        rx.el.div(rx.el.b(t("transcript.you")), t("landing.scene_answer"), class_name="says you"),
        class_name="scene",
        role="img",
        aria_label=t("landing.scene_label"),
    )


def _point(icon: str, name: str) -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.icon(icon, size=20), class_name="glyph", aria_hidden="true"),
        rx.el.h2(t(f"landing.{name}")),
        rx.el.p(t(f"landing.{name}_text")),
    )


def landing_page() -> rx.Component:
    start = rx.cond(
        SessionState.is_signed_in,
        button_link(t("landing.dashboard"), "/dashboard", look="primary large", icon="arrow-right"),
        button_link(t("landing.start"), "/login", look="primary large", icon="arrow-right"),
    )
    return rx.el.div(
        rx.el.header(
            brand("/"),
            rx.el.div(
                color_mode(),
                rx.cond(
                    SessionState.is_signed_in,
                    page_link(t("nav.dashboard"), to="/dashboard", class_name="btn ghost small"),
                    page_link(t("login.title"), to="/login", class_name="btn ghost small"),
                ),
                class_name="row",
            ),
            class_name="hero-nav",
        ),
        rx.el.main(
            rx.el.div(
                rx.el.div(
                    rx.el.h1(t("landing.headline"), " ", rx.el.em(t("landing.headline_end"))),
                    rx.el.p(t("landing.lead"), class_name="lead"),
                    rx.el.div(start, class_name="row"),
                    rx.el.p(t("landing.fine"), class_name="muted", font_size="13.5px", margin="18px 0 0"),
                ),
                _scene(),
                class_name="hero",
            ),
            rx.el.section(
                _point("message-square-text", "describe"),
                _point("mic", "talk"),
                _point("quote", "evidence"),
                class_name="hero-points grid-3",
            ),
        ),
        class_name="hero-bg",
    )

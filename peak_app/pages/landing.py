"""`/`: what this is, for someone who has never heard of it."""

import reflex as rx

from peak_app.components.layout import brand, color_mode
from peak_app.components.links import button_link, page_link
from peak_app.i18n.catalogue import t
from peak_app.state.session import SessionState

_PICTURE_WIDTH, _PICTURE_HEIGHT = "1280", "800"


def _picture() -> rx.Component:
    """The results of a meeting, in the look of the page around them; the browser loads the one that is shown."""
    return rx.el.div(
        *[
            rx.el.img(
                src=f"/landing-{look}.webp",
                alt=t("landing.picture"),
                width=_PICTURE_WIDTH,
                height=_PICTURE_HEIGHT,
                loading="lazy",
                decoding="async",
                class_name=f"only-{look}",
            )
            for look in ("light", "dark")
        ],
        class_name="hero-picture",
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
                _picture(),
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

"""The page for addresses that lead nowhere."""

import reflex as rx

from peak_app.components.links import button_link
from peak_app.i18n.catalogue import t


def lost_page() -> rx.Component:
    return rx.el.div(
        rx.el.main(
            rx.el.div(
                rx.el.p("404", class_name="big-number", aria_hidden="true"),
                rx.el.h1(t("lost.title"), font_size="26px", font_weight="680", margin="18px 0 6px"),
                rx.el.p(t("lost.text"), class_name="muted", margin="0 0 22px"),
                button_link(t("lost.home"), "/", look="soft", icon="arrow-left"),
                text_align="center",
            ),
            class_name="center-page",
        ),
        class_name="hero-bg",
    )

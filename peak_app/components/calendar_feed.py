"""The private calendar feed, for the settings."""

import reflex as rx

from peak_app.components.feedback import note
from peak_app.components.forms import button, field
from peak_app.i18n.catalogue import t
from peak_app.state.calendar_feed import CalendarFeedState


def calendar_feed() -> rx.Component:
    """Switched on, renewed and off; its address is shown once, to be pasted into a calendar program."""
    address = rx.el.input(value=CalendarFeedState.address, class_name="input", read_only=True)
    return rx.el.div(
        rx.cond(
            CalendarFeedState.address != "",
            rx.fragment(
                field(t("feed.address"), address, hint=t("feed.address_hint")),
                note(t("feed.secret"), icon="key-round", tone="amber"),
            ),
            rx.cond(
                CalendarFeedState.is_on,
                rx.el.p(t("feed.is_on"), " ", rx.el.span(CalendarFeedState.since, class_name="num"), margin="0"),
                rx.el.p(t("feed.none"), class_name="muted", margin="0"),
            ),
        ),
        rx.el.div(
            rx.cond(
                CalendarFeedState.is_on,
                rx.fragment(
                    button(t("feed.renew"), look="soft", icon="rotate-cw", on_click=CalendarFeedState.renew),
                    button(t("feed.off"), look="danger", on_click=CalendarFeedState.switch_off),
                ),
                button(t("feed.on"), look="soft", icon="calendar-days", on_click=CalendarFeedState.renew),
            ),
            class_name="row",
        ),
        class_name="form",
    )

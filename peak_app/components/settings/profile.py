"""Who one is, in which zone times are shown, and the language of the pages."""

import reflex as rx

from peak_app.components.forms import button, field, problem
from peak_app.components.layout import panel
from peak_app.config import settings
from peak_app.domain.accounts.service import NAME_LIMIT
from peak_app.i18n.catalogue import language_name, languages, t
from peak_app.state.account import AccountState
from peak_app.state.session import SessionState


def profile() -> rx.Component:
    address = rx.el.input(value=SessionState.email, class_name="input", read_only=True)
    name = rx.el.input(
        name="name",
        class_name="input",
        default_value=SessionState.name,
        max_length=NAME_LIMIT,
        auto_complete="name",
    )
    zone = rx.el.select(
        rx.foreach(AccountState.zones, lambda zone: rx.el.option(zone, value=zone)),
        name="time_zone",
        default_value=SessionState.time_zone,
        key=SessionState.time_zone,
        class_name="input",
    )
    return panel(
        rx.form(
            rx.el.div(
                field(t("settings.email"), address, hint=t("settings.email_hint")),
                field(t("settings.name"), name, hint=t("settings.name_hint")),
                field(t("settings.zone"), zone, hint=t("settings.zone_hint")),
                problem(AccountState.error),
                rx.el.div(button(t("settings.save"), kind="submit", icon="check"), class_name="row"),
                class_name="form",
            ),
            on_submit=AccountState.save,
            reset_on_submit=False,
        ),
        title=t("settings.profile"),
    )


def language() -> rx.Component:
    """Pages are built in one language for everyone here, so there is nothing to choose on them; only to see."""
    known = languages()
    choice = rx.el.select(
        *[rx.el.option(language_name(code), value=code) for code in known],
        default_value=settings().language,
        disabled=True,
        class_name="input",
    )
    hint = t("settings.language_only") if len(known) == 1 else t("settings.language_set")
    return panel(field(t("settings.language"), choice, hint=hint), title=t("settings.language_title"))

"""`/settings`: everything of one's own, in sections that the page's navigation leads to."""

from collections.abc import Callable
from dataclasses import dataclass

import reflex as rx

from peak_app.components.calendar_feed import calendar_feed
from peak_app.components.call.device_panel import device_panel
from peak_app.components.deletion import receipts
from peak_app.components.feedback import skeleton_rows
from peak_app.components.layout import app_page, page_head, panel
from peak_app.components.links import plain_link
from peak_app.components.notifications import notification_choices
from peak_app.components.settings.data import export, leave
from peak_app.components.settings.identities import identities
from peak_app.components.settings.outflows import outflows
from peak_app.components.settings.passkeys import passkeys
from peak_app.components.settings.profile import language, profile
from peak_app.components.settings.retention import retention
from peak_app.components.settings.sessions import engines, sessions
from peak_app.i18n.catalogue import t
from peak_app.state.account import AccountState


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is its anchor, and the end of the key of its label, `settings.section.`."""

    name: str
    panels: tuple[Callable[[], rx.Component], ...]


def _devices() -> rx.Component:
    return panel(device_panel(), title=t("devices.title"), text=t("devices.text"))


def _notifications() -> rx.Component:
    return panel(notification_choices(), title=t("notifications.title"), text=t("notifications.text"))


def _feed() -> rx.Component:
    return panel(calendar_feed(), title=t("feed.title"), text=t("feed.text"))


SECTIONS = (
    Section("profile", (profile, identities, passkeys, language)),
    Section("reminders", (_notifications, _feed)),
    Section("devices", (_devices,)),
    Section("sessions", (sessions,)),
    Section("privacy", (outflows, retention, engines)),
    Section("data", (export, receipts, leave)),
)
"""In this order, on the page and in its navigation."""


def _navigation() -> rx.Component:
    links = [
        rx.el.li(plain_link(t(f"settings.section.{section.name}"), href=f"#{section.name}")) for section in SECTIONS
    ]
    return rx.el.nav(rx.el.ul(*links), class_name="settings-nav", aria_label=t("settings.navigation"))


def _section(section: Section) -> rx.Component:
    return rx.el.section(
        rx.el.h2(t(f"settings.section.{section.name}"), class_name="vh"),
        *[build() for build in section.panels],
        id=section.name,
        class_name="settings-section",
    )


def settings_page() -> rx.Component:
    sections = rx.el.div(*[_section(section) for section in SECTIONS], class_name="settings-sections")
    return app_page(
        page_head(t("nav.settings"), t("settings.text")),
        rx.cond(AccountState.is_loaded, rx.el.div(_navigation(), sections, class_name="settings"), skeleton_rows()),
    )

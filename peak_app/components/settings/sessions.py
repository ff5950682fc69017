"""Browsers one is signed in with, and which engines are at work."""

import reflex as rx

from peak_app.components.forms import button
from peak_app.components.layout import panel
from peak_app.i18n.catalogue import t
from peak_app.state.account import AccountState, EngineRow, SessionRow


def _session(row: rx.Var[SessionRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(rx.icon("monitor-smartphone", size=19), class_name="glyph", aria_hidden="true"),
            rx.el.span(
                rx.el.span(rx.el.span(row.browser), class_name="name"),
                rx.el.span(t("settings.seen"), " ", row.seen, class_name="sub num", display="block"),
                min_width="0",
            ),
            rx.cond(
                row.is_this,
                rx.el.span(t("settings.this"), class_name="tag"),
                button(
                    t("settings.revoke"),
                    look="danger small",
                    on_click=AccountState.revoke(row.session_id),
                    aria_label=t("settings.revoke") + " " + row.browser,
                ),
            ),
            class_name="item",
        ),
        key=row.session_id,
    )


def sessions() -> rx.Component:
    elsewhere = rx.cond(
        AccountState.sessions.length() > 1,
        button(t("settings.revoke_others"), look="danger small", icon="log-out", on_click=AccountState.revoke_others),
    )
    return panel(
        rx.el.div(rx.el.ul(rx.foreach(AccountState.sessions, _session), class_name="list"), class_name="settings-list"),
        title=t("settings.sessions"),
        text=t("settings.sessions_text"),
        end=elsewhere,
    )


def _engine(row: rx.Var[EngineRow]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(row.work, class_name="muted", font_size="13.5px"),
        rx.el.dd(row.engine, margin="2px 0 0", font_weight="560", font_size="15px", overflow_wrap="anywhere"),
    )


def engines() -> rx.Component:
    return panel(
        rx.el.dl(rx.foreach(AccountState.engines, _engine), class_name="grid-3", margin="0"),
        title=t("settings.about"),
        text=t("settings.about_text"),
    )

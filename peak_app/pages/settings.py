"""`/settings`: name, time zone, how long recordings are kept, receipts of deleted meetings, browsers, engines."""

import reflex as rx

from peak_app.components.calendar_feed import calendar_feed
from peak_app.components.deletion import receipts
from peak_app.components.feedback import skeleton_rows
from peak_app.components.forms import button, field, problem
from peak_app.components.layout import app_page, page_head, panel
from peak_app.components.notifications import notification_choices
from peak_app.domain.accounts.service import NAME_LIMIT
from peak_app.domain.recordings.retention import DAYS
from peak_app.i18n.catalogue import t
from peak_app.state.account import AccountState, EngineRow, SessionRow
from peak_app.state.retention import RetentionState
from peak_app.state.session import SessionState


def _profile() -> rx.Component:
    return panel(
        rx.form(
            rx.el.div(
                field(t("settings.email"), rx.el.input(value=SessionState.email, class_name="input", read_only=True)),
                field(
                    t("settings.name"),
                    rx.el.input(
                        name="name",
                        class_name="input",
                        default_value=SessionState.name,
                        max_length=NAME_LIMIT,
                        auto_complete="name",
                    ),
                    hint=t("settings.name_hint"),
                ),
                field(
                    t("settings.zone"),
                    rx.el.select(
                        rx.foreach(AccountState.zones, lambda zone: rx.el.option(zone, value=zone)),
                        name="time_zone",
                        default_value=SessionState.time_zone,
                        key=SessionState.time_zone,
                        class_name="input",
                    ),
                    hint=t("settings.zone_hint"),
                ),
                problem(AccountState.error),
                rx.el.div(button(t("settings.save"), kind="submit", icon="check"), class_name="row"),
                class_name="form",
            ),
            on_submit=AccountState.save,
            reset_on_submit=False,
        ),
        title=t("settings.profile"),
    )


def _retention() -> rx.Component:
    least, most = DAYS
    days = rx.el.input(
        name="retention_days",
        type="number",
        input_mode="numeric",
        min=least,
        max=most,
        class_name="input short",
        default_value=RetentionState.own_days,
        placeholder=RetentionState.default_days,
        key="kept-" + RetentionState.own_days,
    )
    hint = rx.fragment(
        t("retention.hint", least=least, most=f"{most:,}"), " ", RetentionState.default_days, t("retention.hint_end")
    )
    return panel(
        rx.form(
            rx.el.div(
                field(t("retention.days"), days, hint=hint),
                problem(RetentionState.error),
                rx.el.div(button(t("retention.save"), kind="submit", icon="check"), class_name="row"),
                class_name="form",
            ),
            on_submit=RetentionState.save,
            reset_on_submit=False,
            no_validate=True,
        ),
        title=t("retention.title"),
        text=t("retention.text"),
    )


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


def _engine(row: rx.Var[EngineRow]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(row.work, class_name="muted", font_size="13.5px"),
        rx.el.dd(row.engine, margin="2px 0 0", font_weight="560", font_size="15px", overflow_wrap="anywhere"),
    )


def settings_page() -> rx.Component:
    told = panel(notification_choices(), title=t("notifications.title"), text=t("notifications.text"))
    feed = panel(calendar_feed(), title=t("feed.title"), text=t("feed.text"))
    sessions = panel(
        rx.el.div(rx.el.ul(rx.foreach(AccountState.sessions, _session), class_name="list"), margin="0 -20px -20px"),
        title=t("settings.sessions"),
        text=t("settings.sessions_text"),
    )
    about = panel(
        rx.el.dl(rx.foreach(AccountState.engines, _engine), class_name="grid-3", margin="0"),
        title=t("settings.about"),
        text=t("settings.about_text"),
    )
    return app_page(
        page_head(t("nav.settings"), t("settings.text")),
        rx.cond(
            AccountState.is_loaded,
            rx.fragment(_profile(), told, feed, _retention(), receipts(), sessions, about),
            skeleton_rows(),
        ),
    )

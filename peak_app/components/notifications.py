"""The bell in the frame with what it has to tell, and how one wants to be told."""

import reflex as rx

from peak_app.components.forms import button, problem
from peak_app.domain.notifications.choices import LEADS
from peak_app.i18n.catalogue import t
from peak_app.state.notifications import NotificationChoicesState, NotificationRow, NotificationsState


def bell() -> rx.Component:
    return rx.popover.root(
        rx.popover.trigger(
            rx.el.button(
                rx.icon("bell", size=17, aria_hidden="true"),
                rx.cond(
                    NotificationsState.badge != "",
                    rx.el.span(NotificationsState.badge, class_name="badge num", aria_hidden="true"),
                ),
                type="button",
                class_name="icon-button bell",
                aria_label=rx.cond(NotificationsState.label != "", NotificationsState.label, t("notifications.title")),
            )
        ),
        rx.popover.content(_told(), class_name="news", align="end", aria_label=t("notifications.title")),
    )


def _told() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.h2(t("notifications.title"), class_name="panel-title"),
            rx.cond(
                NotificationsState.unread > 0,
                button(t("notifications.read_all"), look="ghost small", on_click=NotificationsState.mark_all),
            ),
            class_name="news-head",
        ),
        rx.cond(
            NotificationsState.rows.length() > 0,
            rx.el.ul(rx.foreach(NotificationsState.rows, _row), class_name="news-list"),
            rx.el.p(t("notifications.none"), class_name="muted"),
        ),
    )


def _row(row: rx.Var[NotificationRow]) -> rx.Component:
    icon = rx.match(
        row.sign,
        ("reminder", rx.icon("alarm-clock", size=17, aria_hidden="true")),
        ("ready", rx.icon("circle-check", size=17, aria_hidden="true")),
        rx.icon("circle-alert", size=17, aria_hidden="true"),
    )
    return rx.el.li(
        rx.popover.close(
            rx.el.button(
                rx.el.span(icon, class_name="sign", custom_attrs={"data-sign": row.sign}),
                rx.el.span(
                    rx.el.bdi(row.title, class_name="title"),
                    rx.el.span(row.about, class_name="sub"),
                    rx.el.span(row.when, class_name="sub num"),
                    class_name="text",
                ),
                rx.cond(
                    row.is_unread,
                    rx.el.span(rx.el.span(t("notifications.unread"), class_name="vh"), class_name="dot"),
                ),
                type="button",
                class_name="news-item",
                on_click=NotificationsState.open(row.notification_id),
            )
        ),
        key=row.notification_id,
    )


def _box(name: str, label: str, is_ticked: rx.Var[bool], note: str = "") -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, default_checked=is_ticked),
        rx.el.span(rx.el.b(label), *([rx.el.small(note)] if note else [])),
        class_name="choice",
    )


def notification_choices() -> rx.Component:
    """For the settings: each kind, in the app and by mail, and when to be reminded."""
    chosen = NotificationChoicesState
    leads = [
        _box(f"lead_{lead}", t(f"notifications.lead_{name}"), chosen.leads.contains(lead)) for lead, name in _NAMES
    ]
    return rx.form(
        rx.el.div(
            rx.el.fieldset(
                rx.el.legend(t("notifications.reminders")),
                _box("reminder_in_app", t("notifications.in_app"), chosen.reminder_in_app),
                _box("reminder_by_mail", t("notifications.by_mail"), chosen.reminder_by_mail),
                rx.el.fieldset(rx.el.legend(t("notifications.leads")), *leads, class_name="group leads"),
                class_name="group",
            ),
            rx.el.fieldset(
                rx.el.legend(t("notifications.results")),
                _box("results_in_app", t("notifications.in_app"), chosen.results_in_app),
                _box("results_by_mail", t("notifications.by_mail"), chosen.results_by_mail),
                class_name="group",
            ),
            problem(chosen.error),
            rx.el.div(button(t("notifications.save"), kind="submit", icon="check"), class_name="row"),
            class_name="form choices",
        ),
        on_submit=chosen.save,
        reset_on_submit=False,
        key=chosen.key,
    )


_NAMES = tuple(zip(LEADS, ("minutes", "hour", "day"), strict=True))

"""Moving and cancelling a planned meeting: the buttons, and their two dialogs."""

import reflex as rx

from peak_app.components.forms import button, field, problem
from peak_app.components.links import plain_link
from peak_app.domain.meetings.service import REASON_LIMIT
from peak_app.i18n.catalogue import t
from peak_app.state.meeting import MeetingState
from peak_app.state.plan import PlanState
from peak_app.state.session import SessionState


def overdue_tag() -> rx.Component:
    return rx.el.span(t("plan.overdue"), class_name="tag overdue", title=t("plan.overdue_hint"))


def plan_buttons(meeting_id: str | rx.Var[str]) -> rx.Component:
    """What there is to do with a plan, beside joining the meeting."""
    return rx.fragment(
        button(t("plan.move"), look="soft", icon="calendar-clock", on_click=PlanState.open_move(meeting_id)),
        button(t("plan.cancel"), look="ghost", on_click=PlanState.open_cancel(meeting_id)),
    )


def calendar_link(path: rx.Var[str]) -> rx.Component:
    """The file for calendar programs, where the meeting has a time."""
    return rx.cond(
        path != "",
        plain_link(
            rx.icon("calendar-plus", size=17, aria_hidden="true"),
            t("calendar.add"),
            href=path,
            download="meeting.ics",
            class_name="btn soft",
        ),
    )


def planned_line() -> rx.Component:
    """When the meeting of the page is planned for, and that this has passed."""
    return rx.cond(
        MeetingState.planned_for != "",
        rx.el.p(
            rx.el.span(MeetingState.planned_for, class_name="num"),
            " · ",
            SessionState.time_zone,
            rx.cond(MeetingState.is_overdue, rx.el.span(" ", overdue_tag())),
        ),
    )


def plan_dialogs() -> rx.Component:
    """Both; a page has them once."""
    return rx.fragment(_move_dialog(), _cancel_dialog())


def _move_dialog() -> rx.Component:
    at = rx.el.input(name="at", type="datetime-local", class_name="input", default_value=PlanState.at, auto_focus=True)
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("plan.move_title")),
            rx.dialog.description(PlanState.title, size="2", margin_bottom="18px", color_scheme="gray"),
            rx.form(
                rx.el.div(
                    field(t("meetings.at"), at, hint=rx.el.span(t("plan.zone_hint"), " ", SessionState.time_zone, ".")),
                    problem(PlanState.error),
                    rx.el.div(
                        rx.dialog.close(button(t("common.cancel"), look="ghost")),
                        button(t("plan.move_do"), kind="submit", icon="calendar-clock"),
                        class_name="actions",
                    ),
                    class_name="form",
                ),
                on_submit=PlanState.move,
                reset_on_submit=False,
                key=PlanState.meeting_id + PlanState.at,
            ),
            max_width="440px",
        ),
        open=PlanState.is_moving,
        on_open_change=PlanState.close,
    )


def _cancel_dialog() -> rx.Component:
    reason = rx.el.textarea(
        name="reason", class_name="input reason", max_length=REASON_LIMIT, placeholder=t("plan.reason_example")
    )
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(t("plan.cancel_title")),
            rx.alert_dialog.description(t("plan.cancel_text"), size="2", margin_bottom="18px", color_scheme="gray"),
            rx.form(
                rx.el.div(
                    rx.el.p(rx.el.b(PlanState.title), margin="0", overflow_wrap="anywhere"),
                    field(t("plan.reason"), reason, hint=t("plan.reason_hint")),
                    problem(PlanState.error),
                    rx.el.div(
                        rx.alert_dialog.cancel(button(t("plan.keep"), look="soft")),
                        button(t("plan.cancel_do"), look="danger solid", kind="submit"),
                        class_name="actions",
                    ),
                    class_name="form",
                ),
                on_submit=PlanState.cancel,
                reset_on_submit=False,
                key=PlanState.meeting_id,
            ),
            max_width="460px",
        ),
        open=PlanState.is_cancelling,
        on_open_change=PlanState.close,
    )

"""Meetings in lists, and the dialog that makes one."""

import reflex as rx

from peak_app.components.feedback import demo_tag
from peak_app.components.forms import button, dialog_buttons, field, problem
from peak_app.components.links import button_link, page_link
from peak_app.domain.meetings.models import TITLE_LIMIT
from peak_app.i18n.catalogue import t
from peak_app.state.agent_rows import AgentOption
from peak_app.state.meeting_rows import MeetingRow
from peak_app.state.meetings import NewMeetingState
from peak_app.state.session import SessionState


def status_pill(status: rx.Var[str], text: rx.Var[str], **props: object) -> rx.Component:
    return rx.el.span(text, class_name="pill", custom_attrs={"data-state": status}, **props)


def meeting_item(meeting: rx.Var[MeetingRow]) -> rx.Component:
    return rx.el.li(
        page_link(
            rx.el.span(rx.icon("video", size=19), class_name="glyph", aria_hidden="true"),
            rx.el.span(
                rx.el.span(
                    rx.el.span(meeting.title),
                    rx.cond(meeting.is_demo, demo_tag()),
                    class_name="name",
                ),
                rx.el.span(
                    meeting.agent_name,
                    rx.cond(meeting.duration != "", rx.el.span(" · ", meeting.duration)),
                    class_name="sub",
                    display="block",
                ),
                min_width="0",
            ),
            rx.el.span(
                rx.el.span(meeting.when, class_name="when num"),
                rx.cond(meeting.is_overdue, rx.el.span(t("plan.overdue"), class_name="tag overdue")),
                status_pill(meeting.status, meeting.status_text),
                class_name="end",
            ),
            to=meeting.path,
            class_name="item",
        ),
        key=meeting.meeting_id,
    )


def meeting_list(rows: rx.Var[list[MeetingRow]]) -> rx.Component:
    return rx.el.ul(rx.foreach(rows, meeting_item), class_name="list")


def _agent_option(agent: rx.Var[AgentOption]) -> rx.Component:
    return rx.el.option(agent.name, value=agent.agent_id)


def _meeting_form() -> rx.Component:
    return rx.form(
        rx.el.div(
            field(
                t("meetings.title"),
                rx.el.input(
                    name="title",
                    class_name="input",
                    placeholder=t("meetings.title_example"),
                    max_length=TITLE_LIMIT,
                    auto_focus=True,
                    auto_complete="off",
                ),
            ),
            field(
                t("meetings.agent"),
                rx.el.select(
                    rx.foreach(NewMeetingState.agents, _agent_option),
                    name="agent",
                    default_value=NewMeetingState.agent_id,
                    class_name="input",
                ),
            ),
            field(
                t("meetings.at"),
                rx.el.input(name="at", type="datetime-local", class_name="input"),
                hint=rx.el.span(t("meetings.at_hint"), " ", SessionState.time_zone, "."),
            ),
            problem(NewMeetingState.error),
            dialog_buttons(
                button(t("meetings.start"), icon="video", kind="submit", on_click=NewMeetingState.choose("now")),
                button(
                    t("meetings.schedule"),
                    look="soft",
                    icon="calendar-plus",
                    kind="submit",
                    on_click=NewMeetingState.choose("later"),
                ),
            ),
            class_name="form",
        ),
        on_submit=NewMeetingState.create,
        reset_on_submit=False,
        key=NewMeetingState.agent_id,
    )


def new_meeting_dialog() -> rx.Component:
    """The dialog alone; `new_meeting_button` and others open it."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("meetings.new")),
            rx.dialog.description(t("meetings.new_hint"), size="2", margin_bottom="18px", color_scheme="gray"),
            rx.cond(
                NewMeetingState.agents.length() > 0,
                _meeting_form(),
                rx.el.div(
                    rx.el.p(t("meetings.needs_agent"), class_name="muted", margin="0 0 16px"),
                    dialog_buttons(button_link(t("agents.new"), "/agents", icon="bot")),
                ),
            ),
            max_width="480px",
        ),
        open=NewMeetingState.is_open,
        on_open_change=NewMeetingState.set_open,
    )


def new_meeting_button(label: str = "") -> rx.Component:
    """Opens the dialog. A page has one with the usual name; others say what they invite to."""
    return button(label or t("meetings.new"), icon="plus", on_click=NewMeetingState.set_open(True))

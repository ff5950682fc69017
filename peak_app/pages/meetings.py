"""`/meetings`: all meetings, newest first."""

import reflex as rx

from peak_app.components.art import conversation
from peak_app.components.feedback import empty, skeleton_rows
from peak_app.components.forms import button
from peak_app.components.layout import app_page, page_head
from peak_app.components.meetings import meeting_list, new_meeting_button, new_meeting_dialog
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.i18n.catalogue import t
from peak_app.state.meetings import MeetingsState


def _chip(label: str, status: str) -> rx.Component:
    return rx.el.button(
        label,
        type="button",
        class_name="chip",
        aria_pressed=rx.cond(MeetingsState.status == status, "true", "false"),
        on_click=MeetingsState.filter_by(status),
    )


def _toolbar() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _chip(t("meetings.all"), ""),
            *[_chip(t(f"status.{status.value}"), status.value) for status in MeetingStatus],
            class_name="chips",
            role="group",
            aria_label=t("meetings.filter"),
        ),
        rx.el.input(
            type="search",
            class_name="input search grow",
            placeholder=t("meetings.search"),
            aria_label=t("meetings.search"),
            default_value=MeetingsState.search,
            on_change=MeetingsState.search_for.debounce(250),
        ),
        class_name="toolbar",
    )


def _pager() -> rx.Component:
    return rx.el.div(
        rx.el.span(MeetingsState.total_text, role="status", class_name="num"),
        rx.cond(
            MeetingsState.page_count > 1,
            rx.el.div(
                button(
                    t("common.previous"),
                    look="soft small",
                    disabled=MeetingsState.page == 0,
                    on_click=MeetingsState.turn_page(-1),
                ),
                rx.el.span(MeetingsState.page + 1, " / ", MeetingsState.page_count, class_name="num"),
                button(
                    t("common.next"),
                    look="soft small",
                    disabled=MeetingsState.page + 1 >= MeetingsState.page_count,
                    on_click=MeetingsState.turn_page(1),
                ),
                class_name="row",
            ),
        ),
        class_name="pager",
    )


def meetings_page() -> rx.Component:
    nothing = rx.cond(
        MeetingsState.has_any,
        empty(conversation(), t("meetings.no_match"), t("meetings.no_match_text")),
        empty(conversation(), t("meetings.empty"), t("meetings.empty_text")),
    )
    return app_page(
        page_head(t("nav.meetings"), t("meetings.text"), new_meeting_button()),
        rx.cond(MeetingsState.has_any, _toolbar()),
        rx.el.section(
            rx.cond(
                MeetingsState.is_loaded,
                rx.cond(MeetingsState.rows.length() > 0, meeting_list(MeetingsState.rows), nothing),
                skeleton_rows(4),
            ),
            class_name="panel",
            aria_label=t("nav.meetings"),
        ),
        rx.cond(MeetingsState.is_loaded & MeetingsState.has_any, _pager()),
        new_meeting_dialog(),
    )

"""`/meetings`: all meetings, as a table or a month; the address says which of them, in what order, from where on."""

import reflex as rx

from peak_app.components.art import conversation
from peak_app.components.feedback import empty, skeleton_rows
from peak_app.components.forms import button
from peak_app.components.layout import app_page, page_head
from peak_app.components.meeting_calendar import month_calendar
from peak_app.components.meeting_filters import pager, toolbar
from peak_app.components.meeting_table import bulk_bar, bulk_dialog, bulk_refusals, meeting_table
from peak_app.components.meetings import new_meeting_button, new_meeting_dialog
from peak_app.components.plan import plan_dialogs
from peak_app.i18n.catalogue import t
from peak_app.state.meetings import MeetingsState


def meetings_page() -> rx.Component:
    clear = button(t("meetings.clear"), look="soft", on_click=MeetingsState.clear_filters)
    nothing = rx.cond(
        MeetingsState.has_any,
        empty(conversation(), t("meetings.no_match"), t("meetings.no_match_text"), clear),
        empty(conversation(), t("meetings.empty"), t("meetings.empty_text")),
    )
    table = rx.cond(MeetingsState.rows.length() > 0, meeting_table(), nothing)
    return app_page(
        page_head(t("nav.meetings"), t("meetings.text"), new_meeting_button()),
        rx.cond(MeetingsState.has_any, toolbar()),
        bulk_refusals(),
        rx.el.section(
            rx.cond(
                MeetingsState.is_loaded,
                rx.cond(MeetingsState.view == "calendar", month_calendar(), table),
                skeleton_rows(4),
            ),
            class_name="panel",
            aria_label=t("nav.meetings"),
        ),
        bulk_bar(),
        rx.cond(MeetingsState.is_loaded & MeetingsState.has_any, pager()),
        new_meeting_dialog(),
        plan_dialogs(),
        bulk_dialog(),
    )

"""The list of meetings as a table, with what can be done with one row and with several."""

import reflex as rx

from peak_app.components.feedback import demo_tag
from peak_app.components.forms import button
from peak_app.components.links import page_link, plain_link
from peak_app.components.meetings import status_pill
from peak_app.components.plan import overdue_tag
from peak_app.i18n.catalogue import t
from peak_app.state.bulk_deletion import BulkDeletionState, RefusalRow
from peak_app.state.meeting_rows import MeetingRow
from peak_app.state.meetings import MeetingsState
from peak_app.state.plan import PlanState


def meeting_table() -> rx.Component:
    is_all = MeetingsState.selected.length() == MeetingsState.rows.length()
    head = rx.el.thead(
        rx.el.tr(
            rx.el.th(
                rx.el.input(
                    type="checkbox",
                    aria_label=t("bulk.select_all"),
                    default_checked=is_all,
                    key=rx.cond(is_all, "all", "some"),
                    on_change=MeetingsState.select_all,
                ),
                # Phones show no other head of a column, and what the box is for.
                rx.el.span(t("bulk.select_all"), aria_hidden="true"),
                scope="col",
                class_name="tick",
            ),
            rx.el.th(t("meetings.title"), scope="col"),
            rx.el.th(t("meetings.when"), scope="col"),
            rx.el.th(t("meetings.state"), scope="col"),
            rx.el.th(t("meetings.score"), scope="col", class_name="num"),
            rx.el.th(t("meetings.length"), scope="col", class_name="num length"),
            rx.el.th(rx.el.span(t("meetings.actions"), class_name="vh"), scope="col"),
        )
    )
    return rx.el.table(head, rx.el.tbody(rx.foreach(MeetingsState.rows, _row)), class_name="meeting-table")


def _row(meeting: rx.Var[MeetingRow]) -> rx.Component:
    is_selected = MeetingsState.selected.contains(meeting.meeting_id)
    return rx.el.tr(
        rx.el.td(
            rx.el.input(
                type="checkbox",
                aria_label=t("bulk.select") + " " + meeting.title,
                default_checked=is_selected,
                key=MeetingsState.ticks_key.to_string() + meeting.meeting_id,
                on_change=lambda is_on: MeetingsState.select(meeting.meeting_id, is_on),
            ),
            class_name="tick",
        ),
        rx.el.th(
            page_link(rx.el.bdi(meeting.title), to=meeting.path, class_name="row-link"),
            rx.cond(meeting.is_demo, demo_tag()),
            rx.el.bdi(meeting.agent_name, class_name="sub"),
            scope="row",
            class_name="name",
        ),
        rx.el.td(meeting.when, class_name="when num"),
        rx.el.td(
            status_pill(meeting.status, meeting.status_text),
            rx.cond(meeting.is_overdue, rx.el.span(" ", overdue_tag())),
            class_name="state",
        ),
        rx.el.td(meeting.score, class_name="score num"),
        rx.el.td(meeting.duration, class_name="length num"),
        rx.el.td(_menu(meeting), class_name="menu"),
        key=meeting.meeting_id,
        class_name=rx.cond(is_selected, "selected", ""),
    )


def _menu(meeting: rx.Var[MeetingRow]) -> rx.Component:
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.el.button(
                rx.icon("ellipsis", size=18, aria_hidden="true"),
                type="button",
                class_name="icon-button",
                aria_label=t("meetings.menu") + " " + meeting.title,
            )
        ),
        rx.dropdown_menu.content(
            rx.cond(
                meeting.is_planned,
                rx.fragment(
                    rx.dropdown_menu.item(t("plan.move"), on_select=PlanState.open_move(meeting.meeting_id)),
                    rx.dropdown_menu.item(t("plan.cancel"), on_select=PlanState.open_cancel(meeting.meeting_id)),
                ),
            ),
            rx.cond(
                meeting.calendar_path != "",
                rx.dropdown_menu.item(
                    plain_link(t("calendar.add"), href=meeting.calendar_path, download="meeting.ics"), as_child=True
                ),
            ),
            rx.dropdown_menu.item(
                t("deletion.button"), color="var(--tomato-11)", on_select=BulkDeletionState.ask_one(meeting.meeting_id)
            ),
            align="end",
            variant="soft",
        ),
        # As the menu of exports: a modal one would hide things that can have the focus.
        modal=False,
    )


def bulk_bar() -> rx.Component:
    """What can be done with what is selected; there while something is."""
    return rx.cond(
        MeetingsState.selected.length() > 0,
        rx.el.div(
            rx.el.span(MeetingsState.selected.length(), " ", t("bulk.selected"), role="status", class_name="num"),
            button(t("bulk.clear"), look="ghost small", on_click=MeetingsState.select_all(False)),
            button(t("bulk.delete"), look="danger small", icon="trash-2", on_click=BulkDeletionState.ask),
            class_name="bulk-bar",
        ),
    )


def _refusal(row: rx.Var[RefusalRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(row.title != "", rx.fragment(rx.el.b(rx.el.bdi(row.title)), ": ")), row.sentence, key=row.meeting_id
    )


def bulk_refusals() -> rx.Component:
    """Which of the selected meetings were not deleted, and why."""
    return rx.cond(
        BulkDeletionState.refusals.length() > 0,
        rx.el.div(
            rx.icon("circle-alert", size=17, aria_hidden="true"),
            rx.el.div(
                rx.el.p(t("bulk.refused")),
                rx.el.ul(rx.foreach(BulkDeletionState.refusals, _refusal), class_name="refusals"),
                button(t("bulk.understood"), look="soft small", on_click=BulkDeletionState.forget_refusals),
            ),
            class_name="note amber",
            role="alert",
        ),
    )


def bulk_dialog() -> rx.Component:
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(BulkDeletionState.question),
            rx.alert_dialog.description(t("bulk.text"), size="2", color_scheme="gray"),
            rx.el.p(t("deletion.stays"), class_name="muted", margin="14px 0 0", font_size="14px"),
            rx.el.div(
                rx.alert_dialog.cancel(button(t("common.keep"), look="soft")),
                rx.alert_dialog.action(
                    button(
                        BulkDeletionState.confirmation,
                        look="danger solid",
                        icon="trash-2",
                        on_click=BulkDeletionState.delete,
                    )
                ),
                class_name="actions",
                margin_top="20px",
            ),
            max_width="460px",
        ),
        open=BulkDeletionState.is_asking,
        on_open_change=BulkDeletionState.close,
    )

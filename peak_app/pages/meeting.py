"""`/meetings/[meeting_id]`: each state of a meeting has its own view and one obvious next action."""

import reflex as rx

from peak_app.components.deletion import delete_button, delete_dialog
from peak_app.components.end_call import end_call_button
from peak_app.components.feedback import demo_tag, missing, note, skeleton_rows
from peak_app.components.forms import button
from peak_app.components.layout import app_page, crumb, page_head
from peak_app.components.links import button_link
from peak_app.components.meetings import new_meeting_button, new_meeting_dialog, status_pill
from peak_app.components.model_usage import meeting_usage
from peak_app.components.plan import calendar_link, plan_buttons, plan_dialogs, planned_line
from peak_app.components.player.moments import line_focus, moment_player
from peak_app.components.results.arrival import arrival
from peak_app.components.results.asking import ask_tab
from peak_app.components.results.conversation import conversation
from peak_app.components.results.delivery import delivery_tab
from peak_app.components.results.export import export_menu
from peak_app.components.results.lineage import lineage, step_list
from peak_app.components.results.origin import origin
from peak_app.components.results.outdated import outdated_note
from peak_app.components.results.recording import recording_tab
from peak_app.components.results.scorecard import scorecard_tab
from peak_app.components.results.summary import numbers, summary_tab
from peak_app.components.results.transcript import transcript_tab
from peak_app.components.settings.outflows import meeting_outflows
from peak_app.domain.insights.steps import DELIVERY, SEARCH_INDEX, USAGE
from peak_app.i18n.catalogue import t
from peak_app.state.meeting import TABS, MeetingState

_ASSET_OF_TAB = {"ask": SEARCH_INDEX}
"""Where a tab does not have the name of what it shows."""


def _card(name: str, *children: rx.Component, reason: bool = False) -> rx.Component:
    return rx.el.section(
        rx.el.h2(t(f"meeting.{name}")),
        rx.cond(MeetingState.reason != "", rx.el.p(MeetingState.reason), rx.el.p(t(f"meeting.{name}_text")))
        if reason
        else rx.el.p(t(f"meeting.{name}_text")),
        *children,
        class_name="panel state-card",
    )


def _scheduled() -> rx.Component:
    return _card(
        "scheduled",
        planned_line(),
        rx.cond(
            MeetingState.is_own,
            rx.el.div(
                button_link(
                    t("meeting.join"), "/call/" + MeetingState.meeting_id_text, look="primary large", icon="video"
                ),
                calendar_link(MeetingState.calendar_path),
                plan_buttons(MeetingState.meeting_id_text),
                class_name="row",
            ),
        ),
    )


def _live() -> rx.Component:
    return _card(
        "live",
        rx.cond(
            MeetingState.is_own,
            rx.el.div(
                button_link(
                    t("meeting.return"), "/call/" + MeetingState.meeting_id_text, look="primary large", icon="video"
                ),
                end_call_button(MeetingState.meeting_id_text),
                class_name="row",
            ),
        ),
    )


def _processing() -> rx.Component:
    return _card(
        "processing",
        rx.el.p(MeetingState.progress, class_name="num", role="status"),
        rx.el.div(step_list(), width="100%"),
    )


def _failed() -> rx.Component:
    return _card(
        "failed",
        rx.cond(MeetingState.is_own, button(t("meeting.retry"), icon="rotate-cw", on_click=MeetingState.try_again)),
        reason=True,
    )


def _cancelled() -> rx.Component:
    again = rx.el.div(
        new_meeting_button(),
        rx.cond(MeetingState.is_own, calendar_link(MeetingState.calendar_path)),
        class_name="row",
    )
    return _card("cancelled", again, reason=True)


def _tab(name: str, content: rx.Component) -> rx.Component:
    made = origin(_ASSET_OF_TAB.get(name, name))
    inside = rx.el.div(outdated_note(name), content, made, padding_top="18px", class_name="stack")
    return rx.tabs.content(inside, value=name)


def _results() -> rx.Component:
    return rx.tabs.root(
        rx.tabs.list(*[rx.tabs.trigger(t(f"tab.{name}"), value=name) for name in TABS], size="2"),
        _tab("summary", summary_tab()),
        _tab("scorecard", scorecard_tab()),
        _tab("delivery", delivery_tab()),
        _tab("transcript", transcript_tab()),
        _tab("recording", recording_tab()),
        _tab("ask", ask_tab()),
        value=MeetingState.tab,
        on_change=MeetingState.show_tab,
        class_name="tabs",
        width="100%",
    )


def _behind_the_numbers() -> rx.Component:
    """What the numbers above rest on: after what one came to read."""
    return rx.el.div(conversation(), origin(DELIVERY), origin(USAGE), class_name="stack")


def _head() -> rx.Component:
    about = rx.el.p(
        status_pill(MeetingState.status, MeetingState.status_text, role="status", aria_live="polite"),
        " ",
        rx.el.span(MeetingState.agent_name, " ·"),
        rx.el.span(MeetingState.when, rx.cond(MeetingState.length != "", " ·", ""), class_name="num"),
        rx.cond(MeetingState.length != "", rx.el.span(MeetingState.length, class_name="num")),
        rx.cond(MeetingState.is_demo, rx.el.span(" ", demo_tag())),
        class_name="row",
    )
    delete = rx.cond(MeetingState.is_own, delete_button())
    return page_head(MeetingState.title, about, export_menu(), delete, above=crumb(t("nav.back"), "/meetings"))


def _loaded() -> rx.Component:
    has_results = (MeetingState.status == "completed") | (
        (MeetingState.has_transcript | MeetingState.has_summary)
        & ((MeetingState.status == "failed") | (MeetingState.status == "processing"))
    )
    was_processed = (MeetingState.status == "completed") | (MeetingState.status == "failed")
    return rx.fragment(
        _head(),
        rx.cond(MeetingState.focus != "", note(rx.el.b(t("drill.of_meeting")), " ", MeetingState.focus, icon="target")),
        rx.match(
            MeetingState.status,
            ("scheduled", _scheduled()),
            ("live", _live()),
            ("processing", _processing()),
            ("failed", _failed()),
            ("cancelled", _cancelled()),
            rx.fragment(),
        ),
        rx.cond(has_results, rx.fragment(numbers(), _results(), _behind_the_numbers())),
        rx.cond(was_processed, lineage()),
        rx.cond(was_processed & MeetingState.is_own, meeting_usage()),
        rx.cond(was_processed & MeetingState.is_own, meeting_outflows()),
        moment_player(MeetingState.recording_url),
        line_focus(MeetingState.focus_line, MeetingState.focus_count),
        arrival(MeetingState.arrival_line),
        new_meeting_dialog(),
        plan_dialogs(),
        delete_dialog(),
    )


def meeting_page() -> rx.Component:
    return app_page(
        rx.cond(
            MeetingState.is_missing,
            missing(t("meeting.missing"), t("meeting.missing_text"), t("meeting.missing_do"), "/meetings"),
            rx.cond(MeetingState.is_loaded, _loaded(), skeleton_rows()),
        )
    )

"""`/agents/[agent_id]`: the words of one coach, how it leads and scores calls, and the questions it will ask."""

import reflex as rx

from peak_app.components.agents import instructions_field, name_field
from peak_app.components.conduct import conduct_fields
from peak_app.components.feedback import demo_tag, missing, note, skeleton_rows
from peak_app.components.forms import button, field, problem
from peak_app.components.knowledge import knowledge_field
from peak_app.components.layout import app_page, crumb, page_head, panel
from peak_app.components.links import plain_link
from peak_app.components.meetings import new_meeting_dialog
from peak_app.components.rubric import rubric_field
from peak_app.components.versions import versions
from peak_app.i18n.catalogue import t
from peak_app.state.agent import AgentState, BankOption
from peak_app.state.frame import FrameState
from peak_app.state.meetings import NewMeetingState


def _words() -> rx.Component:
    return panel(
        rx.form(
            rx.el.div(
                # An input shows its first value for ever: a version that is brought back needs a new one.
                name_field(AgentState.name, key=AgentState.agent_id_text + AgentState.version_text),
                instructions_field(
                    AgentState.instructions,
                    key=AgentState.agent_id_text + AgentState.version_text + "-words",
                    min_height="240px",
                ),
                conduct_fields(
                    AgentState.conduct,
                    AgentState.voice,
                    AgentState.call_minutes,
                    key=AgentState.agent_id_text + AgentState.version_text,
                ),
                rubric_field(
                    AgentState.rubric,
                    AgentState.fitting_rubric,
                    key=AgentState.agent_id_text + AgentState.version_text + "-rubric",
                ),
                knowledge_field(
                    AgentState.documents, key=AgentState.agent_id_text + AgentState.version_text + "-knowledge"
                ),
                problem(AgentState.error),
                rx.el.div(
                    button(t("agent.save"), kind="submit", icon="check"),
                    rx.el.span(AgentState.version_text, class_name="muted", font_size="13px"),
                    class_name="row",
                ),
                class_name="form",
            ),
            on_submit=AgentState.save,
            reset_on_submit=False,
            # The server refuses with sentences; the browser's own bubbles would point into folded groups.
            no_validate=True,
        ),
        title=t("agent.words"),
        text=t("agent.words_text"),
    )


def _bank_option(bank: rx.Var[BankOption]) -> rx.Component:
    return rx.el.option(bank.title, value=bank.bank_id)


def _bank() -> rx.Component:
    questions = rx.el.ol(
        rx.foreach(AgentState.bank.questions, lambda text: rx.el.li(text, padding="5px 0", line_height="1.5")),
        padding_left="22px",
        margin="0",
        font_size="14px",
        list_style="decimal",
    )
    shown = rx.el.div(
        field(
            t("agent.bank"),
            rx.el.select(
                rx.el.option(t("agent.bank_auto"), value=""),
                rx.foreach(AgentState.bank_options, _bank_option),
                value=AgentState.chosen_bank,
                on_change=AgentState.choose_bank,
                class_name="input",
            ),
            hint=AgentState.bank_note,
        ),
        rx.cond(
            AgentState.bank.bank_id != "",
            rx.fragment(
                rx.el.h3(AgentState.bank.title, font_size="15px", font_weight="620", margin="0"),
                rx.el.p(AgentState.bank.description, class_name="muted", font_size="13.5px", margin="-10px 0 0"),
                questions,
            ),
        ),
        class_name="stack",
    )
    return rx.cond(
        FrameState.is_practice_coach,
        panel(
            rx.cond(
                AgentState.bank_options.length() > 0,
                shown,
                note(AgentState.bank_note, icon="circle-alert", tone="amber"),
            ),
            title=t("agent.practice"),
            text=t("agent.practice_text"),
        ),
    )


def _shelf() -> rx.Component:
    """What may be done with the agent as a whole."""
    file = "/api/agents/" + AgentState.agent_id_text + "/export"
    return panel(
        rx.el.div(
            button(t("agent.duplicate"), look="soft", icon="copy", on_click=AgentState.duplicate),
            plain_link(
                rx.icon("download", size=17, aria_hidden="true"),
                t("agent.export"),
                href=file,
                download="",
                class_name="btn soft",
            ),
            rx.cond(
                AgentState.is_archived,
                button(t("agent.unarchive"), look="soft", icon="archive-restore", on_click=AgentState.archive(False)),
                button(t("agent.archive"), look="soft", icon="archive", on_click=AgentState.archive(True)),
            ),
            button(t("agent.delete"), look="danger", icon="trash-2", on_click=AgentState.ask_delete(True)),
            class_name="row",
        ),
        title=t("agent.shelf"),
        text=t("agent.shelf_text"),
    )


def _delete_dialog() -> rx.Component:
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(t("agent.delete_question")),
            rx.alert_dialog.description(t("agent.delete_text"), size="2", color_scheme="gray"),
            rx.el.div(
                rx.alert_dialog.cancel(button(t("common.keep"), look="soft")),
                rx.alert_dialog.action(
                    button(t("agent.delete_do"), look="danger solid", icon="trash-2", on_click=AgentState.delete)
                ),
                class_name="actions",
                margin_top="20px",
            ),
            max_width="440px",
        ),
        open=AgentState.is_deleting,
        on_open_change=AgentState.ask_delete,
    )


def _loaded() -> rx.Component:
    head = page_head(
        rx.fragment(rx.el.span(AgentState.name, dir="auto"), rx.cond(AgentState.is_demo, rx.el.span(" ", demo_tag()))),
        "",
        rx.cond(
            AgentState.is_archived,
            rx.fragment(),
            button(t("agent.start"), icon="video", on_click=NewMeetingState.open_for(AgentState.agent_id_text)),
        ),
        above=crumb(t("nav.back"), "/agents"),
    )
    return rx.fragment(
        head,
        rx.cond(FrameState.is_practice_coach, note(t("agent.practice_coach"), icon="info")),
        rx.cond(AgentState.is_archived, note(t("agent.archived_note"), icon="archive", tone="amber")),
        rx.el.div(
            rx.el.div(_words(), versions(), class_name="stack"),
            rx.el.div(_shelf(), _bank(), class_name="stack"),
            class_name="grid-side wide-side",
        ),
        _delete_dialog(),
        new_meeting_dialog(),
    )


def agent_page() -> rx.Component:
    return app_page(
        rx.cond(
            AgentState.is_missing,
            missing(t("agent.missing"), t("agent.missing_text"), t("agent.missing_do"), "/agents"),
            rx.cond(AgentState.is_loaded, _loaded(), skeleton_rows()),
        )
    )

"""`/agents`: the coaches one has described, the gallery to start from, and the dialog that makes one."""

import reflex as rx

from peak_app.components.agent_file import import_agent
from peak_app.components.agents import instructions_field, name_field
from peak_app.components.art import orb
from peak_app.components.conduct import conduct_fields
from peak_app.components.feedback import demo_tag, empty, note, skeleton_rows
from peak_app.components.forms import button, dialog_buttons, problem
from peak_app.components.gallery import gallery, gallery_preview
from peak_app.components.knowledge import knowledge_field
from peak_app.components.layout import app_page, page_head
from peak_app.components.links import page_link
from peak_app.components.rubric import rubric_field
from peak_app.i18n.catalogue import t
from peak_app.state.agent_rows import AgentRow
from peak_app.state.agents import AgentsState, NewAgentState
from peak_app.state.frame import FrameState


def _card(agent: rx.Var[AgentRow]) -> rx.Component:
    return page_link(
        rx.el.div(
            rx.el.span(class_name="orb-mini", custom_attrs={"data-hue": agent.hue}, aria_hidden="true"),
            rx.el.h2(agent.name, dir="auto"),
            class_name="who",
        ),
        rx.el.p(agent.opening, dir="auto"),
        rx.el.div(agent.changed, rx.cond(agent.is_demo, demo_tag()), class_name="foot"),
        to=agent.path,
        class_name="panel pad lift agent-card",
        key=agent.agent_id,
    )


def _shelf(label: str, is_archive: bool) -> rx.Component:
    is_on = AgentsState.is_archive if is_archive else ~AgentsState.is_archive
    return rx.el.button(
        label,
        type="button",
        class_name="chip",
        aria_pressed=rx.cond(is_on, "true", "false"),
        on_click=AgentsState.show_archive(is_archive),
    )


def _toolbar() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _shelf(t("agents.active"), is_archive=False),
            _shelf(t("agents.archived"), is_archive=True),
            class_name="chips",
            role="group",
            aria_label=t("agents.shelves"),
        ),
        rx.el.input(
            type="search",
            class_name="input search grow",
            placeholder=t("agents.search"),
            aria_label=t("agents.search"),
            default_value=AgentsState.search,
            on_change=AgentsState.search_for.debounce(250),
        ),
        class_name="toolbar",
    )


def _list() -> rx.Component:
    nothing = rx.cond(
        AgentsState.has_any,
        empty(orb(), t("agents.no_match"), t("agents.no_match_text")),
        rx.cond(
            AgentsState.is_archive,
            empty(orb(), t("agents.archive_empty"), t("agents.archive_empty_text")),
            empty(orb(), t("agents.empty"), t("agents.empty_text")),
        ),
    )
    return rx.cond(
        AgentsState.rows.length() > 0,
        rx.el.section(rx.foreach(AgentsState.rows, _card), class_name="grid-3", aria_label=t("nav.agents")),
        rx.el.div(nothing, class_name="panel"),
    )


def new_agent_button(look: str = "primary") -> rx.Component:
    return button(t("agents.new"), look=look, icon="plus", on_click=NewAgentState.set_open(True))


def new_agent_dialog() -> rx.Component:
    key = NewAgentState.form_key
    form = rx.form(
        rx.el.div(
            name_field(NewAgentState.name, key=key + "-name", placeholder=t("agents.name_example"), auto_focus=True),
            instructions_field(
                NewAgentState.instructions, key=key + "-words", placeholder=t("agents.instructions_example")
            ),
            rx.el.p(t("agents.enough"), class_name="muted enough"),
            conduct_fields(
                NewAgentState.conduct, NewAgentState.voice, NewAgentState.call_minutes, key=key + "-conduct"
            ),
            rubric_field(NewAgentState.rubric, NewAgentState.fitting_rubric, key=key + "-rubric"),
            knowledge_field(NewAgentState.documents, key=key + "-knowledge"),
            problem(NewAgentState.error),
            dialog_buttons(button(t("agents.create"), kind="submit", icon="check")),
            class_name="form",
        ),
        on_submit=NewAgentState.create,
        reset_on_submit=False,
        no_validate=True,
    )
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("agents.new")),
            rx.dialog.description(t("agents.new_hint"), size="2", margin_bottom="18px", color_scheme="gray"),
            form,
            max_width="600px",
        ),
        open=NewAgentState.is_open,
        on_open_change=NewAgentState.set_open,
    )


def agents_page() -> rx.Component:
    return app_page(
        page_head(t("nav.agents"), t("agents.text"), import_agent(AgentsState.open_imported), new_agent_button()),
        rx.cond(FrameState.is_practice_coach, note(t("agent.practice_coach"), icon="info")),
        _toolbar(),
        rx.cond(AgentsState.is_loaded, _list(), skeleton_rows(2)),
        gallery(),
        gallery_preview(),
        new_agent_dialog(),
    )

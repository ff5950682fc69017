"""`/agents`: the coaches one has described, and the dialog that makes one."""

import reflex as rx

from peak_app.components.agents import instructions_field, name_field
from peak_app.components.art import orb
from peak_app.components.conduct import conduct_fields
from peak_app.components.feedback import demo_tag, empty, note, skeleton_rows
from peak_app.components.forms import button, dialog_buttons, problem
from peak_app.components.layout import app_page, page_head, panel
from peak_app.components.links import page_link
from peak_app.i18n.catalogue import t
from peak_app.state.agent_rows import AgentRow
from peak_app.state.agents import TEMPLATES, AgentsState, NewAgentState
from peak_app.state.frame import FrameState


def _card(agent: rx.Var[AgentRow]) -> rx.Component:
    return page_link(
        rx.el.div(
            rx.el.span(class_name="orb-mini", custom_attrs={"data-hue": agent.hue}, aria_hidden="true"),
            rx.el.h2(agent.name),
            class_name="who",
        ),
        rx.el.p(agent.opening),
        rx.el.div(agent.changed, rx.cond(agent.is_demo, demo_tag()), class_name="foot"),
        to=agent.path,
        class_name="panel pad lift agent-card",
        key=agent.agent_id,
    )


def _template(key: str) -> rx.Component:
    return rx.el.button(
        rx.el.b(t(f"template.{key}.name")),
        rx.el.span(t(f"template.{key}.about")),
        type="button",
        class_name="template",
        on_click=NewAgentState.open_template(key),
    )


def templates() -> rx.Component:
    return panel(
        rx.el.div(*[_template(key) for key in TEMPLATES], class_name="grid-4"),
        title=t("agents.templates"),
        text=t("agents.templates_text"),
    )


def new_agent_button(look: str = "primary") -> rx.Component:
    return button(t("agents.new"), look=look, icon="plus", on_click=NewAgentState.set_open(True))


def new_agent_dialog() -> rx.Component:
    form = rx.form(
        rx.el.div(
            name_field(NewAgentState.name, placeholder=t("agents.name_example"), auto_focus=True),
            instructions_field(NewAgentState.instructions, placeholder=t("agents.instructions_example")),
            conduct_fields(NewAgentState.conduct, NewAgentState.call_minutes),
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
            max_width="560px",
        ),
        open=NewAgentState.is_open,
        on_open_change=NewAgentState.set_open,
    )


def agents_page() -> rx.Component:
    return app_page(
        page_head(t("nav.agents"), t("agents.text"), new_agent_button()),
        rx.cond(FrameState.is_practice_coach, note(t("agent.practice_coach"), icon="info")),
        rx.cond(
            AgentsState.is_loaded,
            rx.cond(
                AgentsState.rows.length() > 0,
                rx.el.section(rx.foreach(AgentsState.rows, _card), class_name="grid-3"),
                rx.el.div(empty(orb(), t("agents.empty"), t("agents.empty_text")), class_name="panel"),
            ),
            skeleton_rows(2),
        ),
        templates(),
        new_agent_dialog(),
    )

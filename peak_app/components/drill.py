"""What to practise next, and the dialog that begins it."""

import reflex as rx

from peak_app.components.forms import button, dialog_buttons, field, problem
from peak_app.components.links import button_link, page_link
from peak_app.domain.meetings.models import FOCUS_LIMIT, TITLE_LIMIT
from peak_app.i18n.catalogue import t
from peak_app.state.agent_rows import AgentOption
from peak_app.state.drill import DrillState
from peak_app.state.drill_rows import EvidenceLink, SuggestionRow
from peak_app.state.frame import FrameState


def suggestion_list(rows: rx.Var[list[SuggestionRow]]) -> rx.Component:
    return rx.el.ul(rx.foreach(rows, _suggestion), class_name="suggestions")


def drill_dialog() -> rx.Component:
    """Opened by the buttons of the list."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("drill.dialog")),
            rx.dialog.description(t("drill.dialog_text"), size="2", margin_bottom="18px", color_scheme="gray"),
            rx.cond(
                DrillState.agents.length() > 0,
                _form(),
                rx.el.div(
                    rx.el.p(t("meetings.needs_agent"), class_name="muted", margin="0 0 16px"),
                    dialog_buttons(button_link(t("agents.new"), "/agents", icon="bot")),
                ),
            ),
            max_width="500px",
        ),
        open=DrillState.is_open,
        on_open_change=DrillState.close,
    )


def _suggestion(row: rx.Var[SuggestionRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h3(row.name),
            rx.el.p(row.why),
            rx.el.details(
                rx.el.summary(t("drill.evidence"), rx.el.span(": ", row.name, class_name="vh")),
                rx.el.ul(rx.foreach(row.evidence, _evidence)),
            ),
            class_name="grow",
        ),
        button(
            t("drill.practise"),
            look="soft small",
            icon="target",
            on_click=DrillState.open_for(row.key),
            aria_label=t("drill.practise") + ": " + row.name,
        ),
        key=row.key,
    )


def _evidence(link: rx.Var[EvidenceLink]) -> rx.Component:
    return rx.el.li(
        page_link(link.title, to=link.path),
        rx.el.span(link.day, " · ", rx.el.b(link.value), class_name="num"),
        key=link.path,
    )


def _option(agent: rx.Var[AgentOption]) -> rx.Component:
    return rx.el.option(agent.name, value=agent.agent_id)


def _form() -> rx.Component:
    return rx.form(
        rx.el.div(
            field(
                t("meetings.title"),
                rx.el.input(
                    name="title",
                    default_value=DrillState.title,
                    class_name="input",
                    max_length=TITLE_LIMIT,
                    auto_complete="off",
                ),
            ),
            field(
                t("meetings.agent"),
                rx.el.select(
                    rx.foreach(DrillState.agents, _option),
                    name="agent",
                    default_value=DrillState.agent_id,
                    class_name="input",
                ),
            ),
            field(
                t("drill.focus"),
                rx.el.textarea(
                    name="focus",
                    default_value=DrillState.focus,
                    class_name="input two-lines",
                    rows=3,
                    max_length=FOCUS_LIMIT,
                ),
                hint=t("drill.focus_hint"),
            ),
            rx.cond(FrameState.is_practice_coach, rx.el.p(t("drill.coach"), class_name="muted drill-coach")),
            problem(DrillState.error),
            dialog_buttons(button(t("drill.start"), icon="video", kind="submit")),
            class_name="form",
        ),
        on_submit=DrillState.start,
        reset_on_submit=False,
        key=DrillState.focus,
    )

"""`/progress/compare`: two attempts side by side."""

import reflex as rx

from peak_app.components.art import peaks
from peak_app.components.feedback import demo_tag, empty, note, skeleton_rows
from peak_app.components.forms import button, field, problem
from peak_app.components.layout import app_page, crumb, page_head, panel
from peak_app.components.links import page_link
from peak_app.components.meetings import new_meeting_button, new_meeting_dialog
from peak_app.i18n.catalogue import t
from peak_app.state.compare import CompareState
from peak_app.state.compare_rows import AttemptHead, ChoiceOption, PairRow


def _option(choice: rx.Var[ChoiceOption]) -> rx.Component:
    return rx.el.option(choice.text, value=choice.meeting_id)


def _select(label: str, name: str, chosen: rx.Var[str]) -> rx.Component:
    return field(
        label,
        rx.el.select(
            rx.el.option(t("compare.choose"), value=""),
            rx.foreach(CompareState.choices, _option),
            name=name,
            default_value=chosen,
            class_name="input",
        ),
    )


def _chooser() -> rx.Component:
    return rx.form(
        rx.el.div(
            _select(t("compare.first"), "first", CompareState.first_id),
            _select(t("compare.second"), "second", CompareState.second_id),
            button(t("compare.do"), icon="columns-2", kind="submit"),
            class_name="panel pad chooser",
        ),
        on_submit=CompareState.choose,
        reset_on_submit=False,
        key=CompareState.first_id + CompareState.second_id,
    )


def _head(label: str, head: rx.Var[AttemptHead]) -> rx.Component:
    return rx.el.section(
        rx.el.span(label, class_name="tag"),
        rx.el.h2(head.title, rx.cond(head.is_demo, rx.fragment(" ", demo_tag()))),
        rx.el.p(head.agent_name, " · ", rx.el.span(head.when, " · ", head.lasted, class_name="num")),
        rx.el.p(head.scored_by),
        page_link(
            t("compare.open"), rx.el.span(": ", head.title, class_name="vh"), to=head.path, class_name="btn soft small"
        ),
        class_name="panel pad attempt",
        aria_label=label,
    )


def _pair(row: rx.Var[PairRow]) -> rx.Component:
    mark = rx.match(
        row.way,
        ("up", rx.icon("arrow-up", size=14, aria_hidden="true")),
        ("down", rx.icon("arrow-down", size=14, aria_hidden="true")),
        ("same", rx.icon("equal", size=14, aria_hidden="true")),
        rx.fragment(),
    )
    change = rx.cond(
        row.change != "",
        rx.el.span(mark, row.change, class_name="difference"),
        rx.el.span(
            rx.el.span(t("numbers.none"), aria_hidden="true"), rx.el.span(t("compare.no_difference"), class_name="vh")
        ),
    )
    return rx.el.tr(
        rx.el.th(row.name, scope="row"),
        rx.el.td(row.first),
        rx.el.td(row.second),
        rx.el.td(change),
        key=row.key + row.name,
        custom_attrs={"data-way": row.way},
    )


def _table(name: str, *rows: rx.Component) -> rx.Component:
    heads = (t("compare.number"), t("compare.first_head"), t("compare.second_head"), t("compare.difference"))
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*[rx.el.th(head, scope="col") for head in heads])),
        rx.el.tbody(*rows),
        class_name="receipt pairs",
    )
    return rx.el.div(table, class_name="scroll tall", role="region", aria_label=name, tab_index=0)


def _compared() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            _head(t("compare.first"), CompareState.first),
            _head(t("compare.second"), CompareState.second),
            class_name="grid-2",
        ),
        panel(
            rx.cond(CompareState.scores_note != "", note(CompareState.scores_note, icon="info")),
            rx.cond(
                CompareState.scores.length() > 0,
                _table(t("compare.scores"), rx.foreach(CompareState.scores, _pair)),
                rx.el.p(t("compare.none_scored"), class_name="muted"),
            ),
            title=t("compare.scores"),
            text=t("compare.scores_text"),
        ),
        panel(
            rx.cond(CompareState.delivery_note != "", note(CompareState.delivery_note, icon="info")),
            _table(
                t("compare.delivery"),
                rx.foreach(CompareState.lengths, _pair),
                rx.foreach(CompareState.delivery, _pair),
            ),
            rx.cond(CompareState.delivery.length() == 0, rx.el.p(t("compare.none_measured"), class_name="muted")),
            title=t("compare.delivery"),
            text=t("compare.delivery_text"),
        ),
    )


def _loaded() -> rx.Component:
    nothing = rx.el.div(
        empty(peaks(), t("compare.empty"), t("compare.empty_text"), new_meeting_button()), class_name="panel"
    )
    return rx.fragment(
        problem(CompareState.problem),
        rx.cond(CompareState.choices.length() > 1, _chooser(), nothing),
        rx.cond(CompareState.is_ready, _compared()),
    )


def compare_page() -> rx.Component:
    return app_page(
        page_head(t("compare.title"), t("compare.text"), above=crumb(t("nav.progress"), "/progress")),
        rx.cond(CompareState.is_loaded, _loaded(), skeleton_rows()),
        new_meeting_dialog(),
    )

"""The scorecard of a meeting: each criterion with its score and the words it rests on, or that there are none."""

import reflex as rx

from peak_app.components.feedback import note
from peak_app.components.layout import panel
from peak_app.components.results.absent import not_yet, silent
from peak_app.components.results.failed import failed, try_again
from peak_app.components.results.stories import stories
from peak_app.i18n.catalogue import t
from peak_app.ports.language import HIGHEST_SCORE, LOWEST_SCORE
from peak_app.state.meeting import MeetingState
from peak_app.state.scorecard import ScorecardState
from peak_app.state.scorecard_rows import ChangeRow, CriterionResultRow, EvidenceRow


def _quote(row: rx.Var[EvidenceRow]) -> rx.Component:
    return rx.el.button(
        "“",
        row.quote,
        "”",
        rx.el.span(row.at),
        type="button",
        class_name="quote",
        on_click=MeetingState.show_line(row.line_id),
    )


def _scale(row: rx.Var[CriterionResultRow]) -> rx.Component:
    steps = range(LOWEST_SCORE, HIGHEST_SCORE + 1)
    return rx.el.div(
        *[rx.el.i(custom_attrs={"data-on": rx.cond(row.score >= step, "true", "false")}) for step in steps],
        class_name="scale",
        aria_hidden="true",
    )


def _criterion(row: rx.Var[CriterionResultRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h3(row.name),
            rx.cond(row.score > 0, _scale(row)),
            rx.el.span(row.score_text, class_name=rx.cond(row.score > 0, "score num", "tag")),
            class_name="head",
        ),
        rx.el.p(row.looks_for, class_name="looks-for"),
        rx.cond(row.level != "", rx.el.p(row.level, class_name="level")),
        rx.cond(row.remark != "", rx.el.p(row.remark, class_name="remark")),
        rx.cond(
            row.quotes.length() > 0,
            rx.el.div(rx.foreach(row.quotes, _quote), class_name="quotes"),
        ),
        key=row.criterion_id,
        custom_attrs={"data-criterion": row.criterion_id},
    )


def _overall() -> rx.Component:
    mean = rx.el.span(
        ScorecardState.mean, rx.el.small(t("scorecard.mean_of", highest=HIGHEST_SCORE)), class_name="mean num"
    )
    return rx.el.section(
        rx.cond(ScorecardState.mean != "", mean),
        rx.el.div(
            rx.el.p(ScorecardState.mean_text, class_name="text"),
            rx.cond(ScorecardState.engine != "", rx.el.p(ScorecardState.engine, class_name="engine")),
            rx.el.p(ScorecardState.versions, class_name="versions"),
        ),
        class_name="panel pad overall",
        aria_label=t("scorecard.overall"),
    )


def _change(row: rx.Var[ChangeRow]) -> rx.Component:
    mark = rx.match(
        row.direction,
        ("up", rx.icon("arrow-up", size=14, aria_label=t("scorecard.up"))),
        ("down", rx.icon("arrow-down", size=14, aria_label=t("scorecard.down"))),
        ("same", rx.icon("equal", size=14, aria_label=t("scorecard.same"))),
        rx.fragment(),
    )
    now = rx.el.td(rx.el.span(mark, row.now, class_name="now"))
    return rx.el.tr(rx.el.th(row.name, scope="row"), rx.el.td(row.before), now)


def _changes() -> rx.Component:
    table = rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(t("scorecard.criterion"), scope="col"),
                rx.el.th(t("scorecard.before"), scope="col"),
                rx.el.th(t("scorecard.now"), scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(ScorecardState.changes, _change)),
        class_name="receipt",
    )
    return rx.cond(
        ScorecardState.changes.length() > 0,
        rx.el.details(
            rx.el.summary(t("scorecard.changes")),
            rx.el.div(
                rx.el.p(t("scorecard.before"), ": ", ScorecardState.versions_before, class_name="text"),
                table,
                class_name="inside changes",
            ),
            class_name="fold",
        ),
    )


def _failed() -> rx.Component:
    return failed(t("scorecard.failed"), " ", ScorecardState.problem)


def _ready() -> rx.Component:
    return rx.el.div(
        rx.cond(ScorecardState.problem != "", _failed()),
        _overall(),
        _changes(),
        panel(
            rx.el.ol(rx.foreach(ScorecardState.criteria, _criterion), class_name="criteria"),
            title=t("scorecard.criteria"),
            text=t("scorecard.criteria_text"),
        ),
        stories(),
        class_name="stack",
    )


def scorecard_tab() -> rx.Component:
    absent = rx.match(
        ScorecardState.condition,
        ("ready", _ready()),
        ("failed", _failed()),
        ("preparing", note(t("scorecard.preparing"), icon="loader")),
        rx.el.div(not_yet(t("scorecard.none")), try_again(), class_name="stack", align_items="flex-start"),
    )
    return rx.cond(MeetingState.is_silent, silent(), absent)

"""`/operations`: how the installation fares, for the person who runs it."""

import reflex as rx

from peak_app.components.feedback import missing, skeleton_rows
from peak_app.components.forms import button, field, problem
from peak_app.components.layout import app_page, page_head, panel
from peak_app.components.links import page_link, plain_link
from peak_app.components.model_usage import usage_overview
from peak_app.components.tiles import tile
from peak_app.i18n.catalogue import t
from peak_app.operator_access import OPS_PATH
from peak_app.state.model_usage import UsageOverviewState
from peak_app.state.operations import FailureRow, FoundRow, OperationsState, ProcessRow


def _process(row: rx.Var[ProcessRow]) -> rx.Component:
    mark = rx.cond(row.outcome == "done", rx.icon("check", size=14), rx.icon("x", size=14))
    return rx.el.li(
        rx.el.span(mark, class_name="dot", aria_hidden="true"),
        rx.el.div(rx.el.b(row.name), rx.el.small(row.detail)),
        custom_attrs={"data-step": row.outcome},
    )


def _failure(row: rx.Var[FailureRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(rx.icon("x", size=14), class_name="dot", aria_hidden="true"),
        rx.el.div(
            rx.el.b(row.step),
            rx.el.small(row.reason),
            rx.el.small(page_link(row.meeting, to=row.flight_path, title=t("operations.flight")), class_name="num"),
            rx.cond(row.ops_path != "", rx.el.small(plain_link(t("operations.run"), href=row.ops_path))),
        ),
        rx.el.time(row.when),
        custom_attrs={"data-step": "failed"},
    )


def _figures() -> rx.Component:
    return rx.el.section(
        tile(t("operations.waiting"), OperationsState.waiting, OperationsState.waiting_hint),
        tile(t("operations.runs"), OperationsState.runs, OperationsState.runs_hint),
        tile(t("operations.day"), OperationsState.day, OperationsState.day_hint),
        tile(t("operations.week"), OperationsState.week, OperationsState.week_hint),
        class_name="grid-4",
    )


def _found(row: rx.Var[FoundRow]) -> rx.Component:
    return rx.el.li(
        page_link(row.meeting, to=row.path, class_name="num"),
        rx.el.small(row.since, class_name="num"),
    )


def _finder() -> rx.Component:
    search = rx.el.input(
        name="meeting", class_name="input num", auto_complete="off", spell_check=False, max_length=36, required=True
    )
    return panel(
        rx.form(
            field(t("recorder.id"), search, hint=t("recorder.id_hint")),
            problem(OperationsState.find_problem),
            button(t("recorder.search"), look="soft", icon="search", kind="submit"),
            on_submit=OperationsState.find,
            class_name="form",
        ),
        rx.cond(
            OperationsState.found.length() > 0,
            rx.el.ul(rx.foreach(OperationsState.found, _found), class_name="flights"),
        ),
        title=t("recorder.find"),
        text=t("recorder.find_text"),
    )


def _lists() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            panel(
                rx.cond(
                    OperationsState.failures.length() > 0,
                    rx.el.ol(rx.foreach(OperationsState.failures, _failure), class_name="steps"),
                    rx.el.p(t("operations.no_failures"), class_name="muted"),
                ),
                title=t("operations.failures"),
                text=t("operations.failures_text"),
            ),
            panel(
                rx.el.ol(rx.foreach(OperationsState.processes, _process), class_name="steps processes"),
                title=t("operations.processes"),
                text=t("operations.processes_text"),
            ),
            usage_overview(),
            class_name="stack",
        ),
        _finder(),
        class_name="grid-side",
    )


def operations_page() -> rx.Component:
    head = page_head(
        t("nav.operations"),
        t("operations.text"),
        button(
            t("operations.refresh"),
            look="soft",
            icon="rotate-cw",
            on_click=[OperationsState.load, UsageOverviewState.load],
        ),
        plain_link(rx.icon("workflow", size=17), t("lineage.ops"), href=OPS_PATH, class_name="btn soft"),
    )
    return app_page(
        rx.cond(
            OperationsState.is_missing,
            missing(t("operations.missing"), t("operations.missing_text"), t("operations.missing_do"), "/dashboard"),
            rx.fragment(head, rx.cond(OperationsState.is_loaded, rx.fragment(_figures(), _lists()), skeleton_rows())),
        )
    )

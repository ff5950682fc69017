"""What models took, as a table: of one meeting, and of the installation."""

import reflex as rx

from peak_app.components.layout import panel
from peak_app.i18n.catalogue import t
from peak_app.state.model_usage import MeetingUsageState, UsageOverviewState, UseRow

_COLUMNS = ("work", "model", "requests", "tokens", "cost")


def _line(row: rx.Var[UseRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.work, scope="row"),
        rx.el.td(row.model),
        rx.el.td(row.requests, class_name="num"),
        rx.el.td(row.tokens, class_name="num"),
        rx.el.td(row.cost, class_name="num"),
    )


def _table(rows: rx.Var[list[UseRow]]) -> rx.Component:
    heads = [rx.el.th(t(f"model_usage.head_{name}"), scope="col") for name in _COLUMNS]
    table = rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*heads)),
            rx.el.tbody(rx.foreach(rows, _line)),
            class_name="receipt",
        ),
        class_name="scroll",
    )
    return rx.cond(rows.length() > 0, table, rx.el.p(t("model_usage.nothing"), class_name="muted"))  # pyright: ignore[reportAttributeAccessIssue]


def meeting_usage() -> rx.Component:
    """Folded, below what was made of the meeting."""
    return rx.el.details(
        rx.el.summary(
            rx.icon("coins", size=17, aria_hidden="true"),
            rx.el.span(t("model_usage.title")),
            rx.el.span(MeetingUsageState.about, class_name="muted"),
        ),
        rx.el.div(
            _table(MeetingUsageState.rows),
            rx.el.p(t("model_usage.about"), class_name="muted settings-fine"),
            class_name="inside",
        ),
        class_name="fold model-usage",
    )


def usage_overview() -> rx.Component:
    return panel(
        _table(UsageOverviewState.rows),
        rx.el.p(UsageOverviewState.about, class_name="muted num"),
        title=t("model_usage.overview"),
        text=t("model_usage.overview_text"),
    )

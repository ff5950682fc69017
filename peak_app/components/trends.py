"""Lines over sessions: a card for each, and one table that says the same."""

import reflex as rx

from peak_app.components.charts.trend import trend_chart
from peak_app.components.links import page_link
from peak_app.i18n.catalogue import t
from peak_app.state.trend_rows import TableRow, TrendGroup, TrendRow


def trend_group(group: rx.Var[TrendGroup]) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2(group.title, class_name="panel-title"),
                rx.el.p(group.text, class_name="panel-note"),
                class_name="grow",
            ),
            class_name="panel-head",
        ),
        rx.el.div(rx.foreach(group.trends, lambda trend: _card(trend, group.rows)), class_name="trends"),
        rx.cond(group.without != "", rx.el.p(group.without, class_name="muted without")),
        folded_table(
            group.title,
            [t("progress.day"), t("progress.meeting")],
            rx.foreach(group.rows, _row),
            rx.foreach(group.trends, lambda trend: rx.el.th(trend.name, scope="col")),
        ),
        class_name="panel pad",
        key=group.key,
        custom_attrs={"data-group": group.key},
    )


def folded_table(
    name: str | rx.Var[str], heads: list[str], rows: rx.Component, more_heads: rx.Component | None = None
) -> rx.Component:
    """A table behind "The same as a table"; its region is named, so that a keyboard can find and scroll it."""
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*[rx.el.th(head, scope="col") for head in heads], more_heads or rx.fragment())),
        rx.el.tbody(rows),
        class_name="receipt trend-table",
    )
    return rx.el.details(
        rx.el.summary(t("progress.table"), rx.el.span(": ", name, class_name="vh")),
        rx.el.div(
            rx.el.div(table, class_name="scroll", role="region", aria_label=name, tab_index=0), class_name="inside"
        ),
        class_name="fold",
    )


def _card(trend: rx.Var[TrendRow], rows: rx.Var[list[TableRow]]) -> rx.Component:
    return rx.el.article(
        rx.el.div(
            rx.el.h3(trend.name),
            rx.el.span(rx.el.b(trend.latest, class_name="num"), rx.el.small(t("progress.latest")), class_name="latest"),
            class_name="head",
        ),
        rx.el.p(trend.about, class_name="about"),
        trend_chart(trend, rows),
        rx.el.p(trend.summary, class_name="num"),
        rx.cond(trend.change != "", rx.el.p(trend.change, class_name="num")),
        key=trend.key,
        custom_attrs={"data-trend": trend.key},
    )


def _row(row: rx.Var[TableRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.day, scope="row"),
        rx.el.td(page_link(row.title, to=row.path)),
        rx.foreach(row.cells, rx.el.td),
        key=row.path,
    )

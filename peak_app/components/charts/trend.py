"""Small charts of numbers over sessions and weeks."""

import reflex as rx

from peak_app.state.progress import WeekBar
from peak_app.state.trend_rows import TableRow, TrendRow

_JSX = rx.asset("trend.jsx", shared=True).importable_path


class TrendChart(rx.NoSSRComponent):
    library = _JSX
    tag = "TrendChart"
    trend: rx.Var[TrendRow]
    rows: rx.Var[list[TableRow]]


class WeekChart(rx.NoSSRComponent):
    library = _JSX
    tag = "WeekChart"
    weeks: rx.Var[list[WeekBar]]
    label: rx.Var[str]


def trend_chart(trend: rx.Var[TrendRow], rows: rx.Var[list[TableRow]]) -> rx.Component:
    """`rows` are those of the trend's group."""
    return TrendChart.create(trend=trend, rows=rows)


def week_chart(weeks: rx.Var[list[WeekBar]], label: rx.Var[str]) -> rx.Component:
    return WeekChart.create(weeks=weeks, label=label)

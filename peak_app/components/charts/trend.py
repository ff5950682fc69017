"""A small chart of one number over meetings."""

from typing import Literal

import reflex as rx

from peak_app.state.progress import ChartPoint

_JSX = rx.asset("trend.jsx", shared=True).importable_path


class TrendChart(rx.NoSSRComponent):
    library = _JSX
    tag = "TrendChart"
    points: rx.Var[list[ChartPoint]]
    kind: rx.Var[str]
    label: rx.Var[str]


def trend_chart(points: rx.Var[list[ChartPoint]], *, kind: Literal["bars", "line"], label: str) -> rx.Component:
    return TrendChart.create(points=points, kind=kind, label=label)

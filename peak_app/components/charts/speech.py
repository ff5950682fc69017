"""How fast someone spoke over the time of a meeting, with what interrupted it."""

import reflex as rx

from peak_app.i18n.catalogue import t
from peak_app.state.delivery_rows import MarkRow, PaceBar

_JSX = rx.asset("speech.jsx", shared=True).importable_path
_KINDS = ("fillers", "pauses", "overlaps")


class SpeechChart(rx.NoSSRComponent):
    library = _JSX
    tag = "SpeechChart"
    bars: rx.Var[list[PaceBar]]
    marks: rx.Var[list[MarkRow]]
    kinds: rx.Var[list[dict[str, str]]]
    length_ms: rx.Var[int]
    average: rx.Var[float]
    label: rx.Var[str]
    average_label: rx.Var[str]


def speech_chart(
    bars: rx.Var[list[PaceBar]], marks: rx.Var[list[MarkRow]], length_ms: rx.Var[int], average: rx.Var[float]
) -> rx.Component:
    return SpeechChart.create(
        bars=bars,
        marks=marks,
        kinds=[{"name": name, "label": t(f"delivery.{name}")} for name in _KINDS],
        length_ms=length_ms,
        average=average,
        label=t("delivery.chart"),
        average_label=t("delivery.average"),
    )

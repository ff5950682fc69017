"""The transcript of a meeting; a line plays from where it was said."""

import reflex as rx

from peak_app.components.results.absent import not_yet, silent
from peak_app.i18n.catalogue import t
from peak_app.state.insight_rows import LineRow
from peak_app.state.meeting import MeetingState


def _tag(text: str, **props: object) -> rx.Component:
    return rx.el.span(text, class_name="tag", margin_left="8px", **props)


def _unheard(text: rx.Var[str]) -> rx.Component:
    # Nobody who listens to the page hears that words are struck through.
    return rx.fragment(
        " ",
        rx.el.span(t("transcript.unheard_mark"), " ", class_name="vh"),
        rx.el.s(text, class_name="unheard", title=t("transcript.unheard")),
    )


def transcript_line(line: rx.Var[LineRow]) -> rx.Component:
    at = rx.cond(
        MeetingState.recording == "ready",
        rx.el.button(
            rx.icon("play", size=11, aria_hidden="true"),
            line.at,
            type="button",
            class_name="at",
            aria_label=t("transcript.play") + " " + line.at,
            custom_attrs={"data-play-ms": line.at_ms.to(str)},
        ),
        rx.el.span(line.at, class_name="at"),
    )
    return rx.el.li(
        at,
        rx.el.div(
            rx.el.span(line.speaker_name, class_name="who"),
            rx.cond(line.is_typed, _tag(t("transcript.typed"))),
            rx.cond(line.was_cut_off, _tag(t("transcript.cut_off"), title=t("cut_offs.label"))),
            rx.el.p(line.text, rx.cond(line.unheard != "", _unheard(line.unheard))),
        ),
        class_name="line",
        id="line-" + line.line_id,
        tab_index=-1,
        custom_attrs={
            "data-speaker": line.speaker,
            "data-focus": rx.cond(MeetingState.focus_line == line.line_id, "true", "false"),
        },
    )


def transcript_tab() -> rx.Component:
    return rx.cond(
        MeetingState.lines.length() > 0,
        rx.el.section(
            rx.el.ol(rx.foreach(MeetingState.lines, transcript_line), class_name="lines"),
            class_name="panel",
            padding="12px",
        ),
        rx.cond(
            MeetingState.is_silent,
            silent(),
            not_yet(t("transcript.none")),
        ),
    )

"""Summary and numbers of a meeting, every sentence with links to the lines it rests on."""

import reflex as rx

from peak_app.components.feedback import note
from peak_app.components.layout import panel
from peak_app.components.results.absent import not_yet, nothing_said, silent
from peak_app.components.results.cites import cites
from peak_app.components.tiles import tile
from peak_app.i18n.catalogue import t
from peak_app.state.insight_rows import CitedRow, NumberRow, QuestionRow
from peak_app.state.meeting import MeetingState


def _point(row: rx.Var[CitedRow]) -> rx.Component:
    return rx.el.li(rx.el.span(row.text, line_height="1.65"), cites(row.cites))


def _stretch(row: rx.Var[QuestionRow]) -> rx.Component:
    """When it was; plays from there where there is a recording."""
    playing = rx.el.button(
        rx.icon("play", size=11, aria_hidden="true"),
        row.stretch,
        type="button",
        class_name="stretch num",
        aria_label=t("transcript.play") + " " + row.stretch,
        custom_attrs={"data-play-ms": row.at_ms.to(str)},
    )
    text = rx.el.span(row.stretch, class_name="stretch num")
    return rx.cond(row.stretch != "", rx.cond(MeetingState.recording == "ready", playing, text))


def _question(row: rx.Var[QuestionRow]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(row.question, class_name="q"),
        rx.el.p(row.note, cites(row.cites), class_name="n"),
        _stretch(row),
        class_name="question",
    )


def _points(title: str, rows: rx.Var[list[CitedRow]], look: str = "") -> rx.Component:
    return rx.cond(
        rows.length() > 0,
        panel(rx.el.ul(rx.foreach(rows, _point), class_name=f"points {look}"), title=title),
    )


def _number(row: rx.Var[NumberRow]) -> rx.Component:
    return tile(row.label, row.value, row.hint)


def numbers() -> rx.Component:
    return rx.cond(
        MeetingState.numbers.length() > 0,
        rx.el.section(rx.foreach(MeetingState.numbers, _number), class_name="grid-4", aria_label=t("numbers.title")),
    )


def summary_tab() -> rx.Component:
    made = rx.el.div(
        rx.cond(MeetingState.recording == "off", note(t("recording.off"), icon="circle-off")),
        rx.cond(MeetingState.engine != "", note(MeetingState.engine, icon="quote")),
        _points(t("summary.overview"), MeetingState.overview),
        rx.cond(
            MeetingState.questions.length() > 0,
            panel(
                rx.el.div(rx.foreach(MeetingState.questions, _question), class_name="questions"),
                title=t("summary.questions"),
                text=t("summary.questions_hint"),
            ),
        ),
        rx.el.div(
            _points(t("summary.strengths"), MeetingState.strengths, "good"),
            _points(t("summary.next_steps"), MeetingState.next_steps),
            class_name="grid-2",
        ),
        class_name="stack",
    )
    return rx.cond(
        MeetingState.is_silent,
        silent(),
        rx.cond(
            MeetingState.has_summary,
            rx.cond(MeetingState.is_summary_empty, nothing_said(), made),
            not_yet(t("summary.none")),
        ),
    )

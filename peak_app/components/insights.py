"""What came of a meeting: summary, numbers, transcript, recording, questions, and how it was made."""

import reflex as rx

from peak_app.components.art import conversation
from peak_app.components.feedback import empty, note
from peak_app.components.forms import button, problem
from peak_app.components.layout import panel
from peak_app.components.links import plain_link
from peak_app.i18n.catalogue import t
from peak_app.state.asking import AskState, MessageRow, QuoteRow
from peak_app.state.insight_rows import CitedRow, CiteRow, LineRow, NumberRow, QuestionRow, StepRow
from peak_app.state.meeting import MeetingState
from peak_app.state.session import SessionState

# Summary


def cite(link: rx.Var[CiteRow]) -> rx.Component:
    return rx.el.button(
        link.at,
        type="button",
        class_name="cite",
        aria_label=link.label,
        on_click=MeetingState.show_line(link.line_id),
    )


def _cites(links: rx.Var[list[CiteRow]]) -> rx.Component:
    return rx.el.span(rx.foreach(links, cite), class_name="cites")


def _point(row: rx.Var[CitedRow]) -> rx.Component:
    return rx.el.li(rx.el.span(row.text, line_height="1.65"), _cites(row.cites))


def _question(row: rx.Var[QuestionRow]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(row.question, class_name="q"),
        rx.el.p(row.note, _cites(row.cites), class_name="n"),
        class_name="question",
    )


def _points(title: str, rows: rx.Var[list[CitedRow]], look: str = "") -> rx.Component:
    return rx.cond(
        rows.length() > 0,
        panel(rx.el.ul(rx.foreach(rows, _point), class_name=f"points {look}"), title=title),
    )


def number_tile(row: rx.Var[NumberRow]) -> rx.Component:
    return rx.el.div(
        rx.el.div(row.label, class_name="top"),
        rx.el.div(row.value, class_name="value"),
        rx.el.div(row.hint, class_name="hint"),
        class_name="panel kpi",
    )


def numbers() -> rx.Component:
    return rx.cond(
        MeetingState.numbers.length() > 0,
        rx.el.section(
            rx.foreach(MeetingState.numbers, number_tile), class_name="grid-4", aria_label=t("numbers.title")
        ),
    )


def summary_tab() -> rx.Component:
    made = rx.el.div(
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
        rx.el.div(empty(conversation(), t("summary.silent"), t("summary.silent_text")), class_name="panel"),
        rx.cond(MeetingState.has_summary, made, _not_yet(t("summary.none"))),
    )


def _not_yet(text: str) -> rx.Component:
    return rx.el.div(empty(conversation(), t("summary.not_yet"), text), class_name="panel")


# Transcript


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
            rx.cond(line.is_typed, rx.el.span(t("transcript.typed"), class_name="tag", margin_left="8px")),
            rx.el.p(
                line.text,
                rx.cond(
                    line.unheard != "",
                    rx.el.span(" ", line.unheard, class_name="unheard", title=t("transcript.unheard")),
                ),
            ),
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
            rx.el.div(empty(conversation(), t("summary.silent"), t("summary.silent_text")), class_name="panel"),
            _not_yet(t("transcript.none")),
        ),
    )


# Recording


def recording_tab() -> rx.Component:
    ready = rx.el.section(
        rx.cond(
            MeetingState.has_video,
            rx.el.video(
                src=MeetingState.recording_url,
                controls=True,
                preload="metadata",
                class_name="player-video",
                aria_label=t("recording.player"),
            ),
            rx.el.audio(
                src=MeetingState.recording_url,
                controls=True,
                preload="metadata",
                class_name="player-audio",
                aria_label=t("recording.player"),
            ),
        ),
        rx.el.div(
            rx.el.span(MeetingState.recording_text, class_name="muted num", font_size="13.5px"),
            rx.el.div(flex="1"),
            plain_link(
                rx.icon("download", size=16),
                t("recording.download"),
                href=MeetingState.recording_url + "?download=1",
                download="recording.webm",
                class_name="btn soft small",
            ),
            class_name="row",
            margin_top="14px",
        ),
        class_name="panel pad",
    )
    state = rx.match(
        MeetingState.recording,
        ("ready", ready),
        ("preparing", note(MeetingState.recording_text, icon="loader")),
        ("failed", note(MeetingState.recording_text, icon="circle-alert", tone="red")),
        note(MeetingState.recording_text, icon="circle-off"),
    )
    return rx.fragment(state)


# Ask


def _quote(row: rx.Var[QuoteRow]) -> rx.Component:
    return rx.el.button(
        "“",
        row.quote,
        "”",
        rx.el.span(row.place),
        type="button",
        class_name="quote",
        on_click=MeetingState.show_line(row.line_id),
    )


def _message(row: rx.Var[MessageRow]) -> rx.Component:
    return rx.cond(
        row.is_question,
        rx.el.div(row.text, class_name="bubble mine"),
        rx.el.div(
            rx.el.span(row.text),
            rx.foreach(row.quotes, _quote),
            rx.cond(row.engine != "", rx.el.span(row.engine, class_name="muted", font_size="12px")),
            class_name="bubble theirs",
        ),
    )


def ask_tab() -> rx.Component:
    form = rx.form(
        rx.el.div(
            rx.el.input(
                name="question",
                class_name="input",
                aria_label=t("ask.field"),
                placeholder=t("ask.field"),
                default_value=AskState.draft,
                key="turn-" + AskState.turn.to(str),
                max_length=500,
                auto_complete="off",
                flex="1 1 220px",
                width="auto",
            ),
            button(t("ask.button"), kind="submit", icon="sparkles", disabled=AskState.pending != ""),
            class_name="row",
        ),
        on_submit=AskState.ask,
        reset_on_submit=False,
    )
    chat = rx.el.div(
        rx.cond(
            (AskState.messages.length() == 0) & (AskState.pending == ""),
            rx.el.p(t("ask.empty"), class_name="muted", margin="0"),
        ),
        rx.foreach(AskState.messages, _message),
        rx.cond(
            AskState.pending != "",
            rx.fragment(
                rx.el.div(AskState.pending, class_name="bubble mine"),
                rx.el.div(
                    rx.el.span(rx.el.i(), rx.el.i(), rx.el.i(), class_name="typing", aria_hidden="true"),
                    rx.el.span(t("ask.thinking"), class_name="vh"),
                    class_name="bubble theirs",
                ),
            ),
        ),
        class_name="chat",
        role="log",
        aria_label=t("ask.log"),
    )
    return rx.cond(
        MeetingState.is_searchable | MeetingState.is_silent,
        rx.el.section(chat, rx.el.div(height="16px"), problem(AskState.error), form, class_name="panel pad stack"),
        _not_yet(t("ask.none")),
    )


# Lineage


def _step(row: rx.Var[StepRow]) -> rx.Component:
    mark = rx.match(
        row.outcome,
        ("done", rx.icon("check", size=14)),
        ("failed", rx.icon("x", size=14)),
        ("waiting", rx.icon("loader", size=14)),
        rx.icon("minus", size=14),
    )
    return rx.el.li(
        rx.el.span(mark, class_name="dot", aria_hidden="true"),
        rx.el.div(rx.el.b(row.label), rx.el.small(row.detail)),
        rx.el.time(row.when),
        custom_attrs={"data-step": row.outcome},
    )


def step_list() -> rx.Component:
    return rx.el.ol(rx.foreach(MeetingState.steps, _step), class_name="steps")


def lineage() -> rx.Component:
    return panel(
        step_list(),
        rx.cond(
            SessionState.is_operator,
            plain_link(
                rx.icon("workflow", size=16),
                t("lineage.ops"),
                href="/ops",
                class_name="btn soft small",
                margin_top="12px",
            ),
        ),
        title=t("lineage.title"),
        text=t("lineage.text"),
    )

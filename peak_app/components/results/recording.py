"""The recording of a meeting, or why there is none."""

import reflex as rx

from peak_app.components.feedback import note
from peak_app.components.layout import panel
from peak_app.components.links import plain_link
from peak_app.components.results.failed import failed
from peak_app.i18n.catalogue import t
from peak_app.state.insight_rows import KeptFileRow
from peak_app.state.meeting import MeetingState


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
        ("failed", failed(MeetingState.recording_text)),
        note(MeetingState.recording_text, icon="circle-off"),
    )
    return rx.fragment(state, rx.cond(MeetingState.kept_files, _kept_files()))


def _kept_file(file: rx.Var[KeptFileRow]) -> rx.Component:
    return rx.el.li(
        plain_link(rx.icon("download", size=16), file.label, href=file.url, download="", class_name="btn soft small"),
        rx.el.span(file.about, class_name="muted num", font_size="13.5px"),
        class_name="row",
    )


def _kept_files() -> rx.Component:
    files = rx.el.ul(rx.foreach(MeetingState.kept_files, _kept_file), class_name="kept-files")
    return panel(files, title=t("kept_file.title"))

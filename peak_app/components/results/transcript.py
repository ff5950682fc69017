"""The transcript of a meeting; a line plays from where it was said, and its owner can correct it."""

import reflex as rx

from peak_app.components.player.transcript import transcript
from peak_app.components.results.absent import not_yet, silent
from peak_app.i18n.catalogue import t
from peak_app.state.meeting import MeetingState


def transcript_tab() -> rx.Component:
    lines = transcript(
        MeetingState.lines,
        can_play=MeetingState.recording == "ready",
        can_correct=MeetingState.is_own & (MeetingState.status == "completed"),
        focus_line=MeetingState.focus_line,
        answer=MeetingState.correction,
        on_correct=MeetingState.correct_line,
    )
    return rx.cond(
        MeetingState.lines.length() > 0,
        lines,
        rx.cond(
            MeetingState.is_silent,
            silent(),
            not_yet(t("transcript.none")),
        ),
    )

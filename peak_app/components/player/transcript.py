"""The lines of a transcript as the browser shows them: searched, followed while they play, and corrected."""

import reflex as rx

from peak_app.components.player.scripts import TRANSCRIPT
from peak_app.domain.insights.corrections import LINE_LIMIT
from peak_app.i18n.catalogue import section, t
from peak_app.state.insight_rows import LineRow


class Transcript(rx.NoSSRComponent):
    """`answer` is the server's to the last correction. Searching and following ask the server nothing."""

    library = TRANSCRIPT
    tag = "Transcript"
    lines: rx.Var[list[LineRow]]
    labels: rx.Var[dict[str, object]]
    can_play: rx.Var[bool]
    can_correct: rx.Var[bool]
    focus_line: rx.Var[str]
    answer: rx.Var[dict[str, object]]
    on_correct: rx.EventHandler[rx.event.passthrough_event_spec(str, str)]


def transcript(lines: rx.Var[list[LineRow]], **props: object) -> rx.Component:
    labels = {
        **section("transcript"),
        "cut_off_what": t("cut_offs.label"),
        "cancel": t("common.cancel"),
        "limit": LINE_LIMIT,
    }
    return Transcript.create(lines=lines, labels=labels, **props)

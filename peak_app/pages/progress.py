"""`/progress`: how one's practice develops."""

import reflex as rx

from peak_app.components.art import peaks
from peak_app.components.charts.trend import trend_chart
from peak_app.components.feedback import empty, note, skeleton_rows
from peak_app.components.layout import app_page, page_head, panel
from peak_app.components.meetings import new_meeting_button, new_meeting_dialog
from peak_app.components.tiles import tile
from peak_app.i18n.catalogue import t
from peak_app.state.progress import DayRow, ProgressState


def _charts() -> rx.Component:
    return rx.fragment(
        rx.cond(ProgressState.meeting_count == 1, note(t("progress.one"), icon="info")),
        rx.el.section(
            tile(t("progress.total"), ProgressState.total, t("progress.total_hint")),
            tile(t("numbers.pace"), ProgressState.average_pace, t("numbers.pace_hint")),
            tile(t("numbers.talk"), ProgressState.average_talk, t("numbers.talk_hint")),
            class_name="grid-3",
        ),
        rx.el.div(
            panel(
                trend_chart(ProgressState.minutes, kind="bars", label=t("progress.minutes")),
                title=t("progress.minutes"),
                text=t("progress.minutes_text"),
            ),
            panel(
                rx.cond(
                    ProgressState.pace.length() > 0,
                    trend_chart(ProgressState.pace, kind="line", label=t("progress.pace")),
                    rx.el.p(t("progress.no_pace"), class_name="muted"),
                ),
                title=t("progress.pace"),
                text=t("progress.pace_text"),
            ),
            class_name="grid-2",
        ),
        _days(),
    )


def _day(row: rx.Var[DayRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.day, scope="row"),
        *[rx.el.td(value) for value in (row.meetings, row.practised, row.score, row.pace, row.fillers)],
    )


def _days() -> rx.Component:
    names = ("day", "day_meetings", "total", "day_score", "day_pace", "day_fillers")
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*[rx.el.th(t(f"progress.{name}"), scope="col") for name in names])),
        rx.el.tbody(rx.foreach(ProgressState.days, _day)),
        class_name="receipt",
    )
    # A keyboard must be able to scroll what does not fit.
    region = rx.el.div(table, class_name="scroll", role="region", aria_label=t("progress.days"), tab_index=0)
    return rx.cond(ProgressState.days.length() > 0, panel(region, title=t("progress.days"), text=ProgressState.counted))


def progress_page() -> rx.Component:
    return app_page(
        page_head(t("nav.progress"), t("progress.text")),
        rx.cond(
            ProgressState.is_loaded,
            rx.cond(
                ProgressState.meeting_count > 0,
                _charts(),
                rx.el.div(
                    empty(peaks(), t("progress.empty"), t("progress.empty_text"), new_meeting_button()),
                    class_name="panel",
                ),
            ),
            skeleton_rows(),
        ),
        new_meeting_dialog(),
    )

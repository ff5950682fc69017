"""`/progress`: how one's practice develops."""

import reflex as rx

from peak_app.components.art import peaks
from peak_app.components.charts.trend import week_chart
from peak_app.components.drill import drill_dialog, suggestion_list
from peak_app.components.feedback import empty, note, skeleton_rows
from peak_app.components.layout import app_page, page_head, panel
from peak_app.components.links import button_link, page_link
from peak_app.components.meetings import new_meeting_button, new_meeting_dialog
from peak_app.components.tiles import tile
from peak_app.components.trends import folded_table, trend_group
from peak_app.domain.progress.drills import DELIVERY_RULES, NEWEST, WEAK_BELOW, WINDOW
from peak_app.i18n.catalogue import t
from peak_app.ports.language import HIGHEST_SCORE
from peak_app.state.progress import RANGES, DayRow, ProgressState, WeekBar

_RANGE_NAMES = {"30": "progress.range_month", "90": "progress.range_quarter", "all": "progress.range_all"}


def _ranges() -> rx.Component:
    def link(name: str) -> rx.Component:
        is_here = ProgressState.range == name
        return page_link(
            t(_RANGE_NAMES[name]),
            to=f"/progress?range={name}",
            class_name=rx.cond(is_here, "chip on", "chip"),
            custom_attrs={"aria-current": rx.cond(is_here, "true", "false")},
        )

    return rx.el.nav(*[link(name) for name in RANGES], class_name="chips", aria_label=t("progress.range"))


def _numbers() -> rx.Component:
    return rx.el.section(
        tile(t("progress.held"), ProgressState.sessions, t("progress.held_hint"), icon="video"),
        tile(t("progress.total"), ProgressState.practised, t("progress.total_hint"), icon="timer"),
        tile(t("streak.title"), ProgressState.streak, ProgressState.streak_hint, icon="flame"),
        class_name="grid-3",
        aria_label=t("dashboard.numbers"),
    )


def _suggestions() -> rx.Component:
    return panel(
        rx.cond(
            ProgressState.suggestions.length() > 0,
            suggestion_list(ProgressState.suggestions),
            rx.el.p(t("progress.suggestions_none"), class_name="muted"),
        ),
        title=t("progress.suggestions"),
        text=t("progress.suggestions_text"),
    )


def _week(week: rx.Var[WeekBar]) -> rx.Component:
    return rx.el.tr(rx.el.th(week.label, scope="row"), rx.el.td(week.text))


def _weeks() -> rx.Component:
    heads = [t("progress.week"), t("progress.total")]
    return panel(
        week_chart(ProgressState.weeks, ProgressState.weeks_label),
        folded_table(t("progress.weeks"), heads, rx.foreach(ProgressState.weeks, _week)),
        title=t("progress.weeks"),
        text=t("progress.weeks_text"),
    )


def _lines() -> rx.Component:
    return rx.fragment(
        rx.cond(ProgressState.shown_count == 1, note(t("progress.one"), icon="info")),
        rx.cond(ProgressState.limited != "", note(ProgressState.limited, icon="info")),
        rx.cond(
            ProgressState.scores.length() > 0,
            rx.foreach(ProgressState.scores, trend_group),
            note(t("progress.no_scores"), icon="info"),
        ),
        rx.cond(
            ProgressState.delivery.length() > 0,
            rx.foreach(ProgressState.delivery, trend_group),
            note(t("progress.no_delivery"), icon="info"),
        ),
    )


def _nothing_here() -> rx.Component:
    action = button_link(t("progress.show_all"), "/progress?range=all", look="soft")
    return rx.el.div(empty(peaks(), t("progress.none_here"), t("progress.none_here_text"), action), class_name="panel")


def _formulas() -> rx.Component:
    limits = {rule.id: f"{rule.limit:g}" for rule in DELIVERY_RULES}
    drills = t(
        "progress.formula_drills",
        newest=NEWEST,
        weak=f"{WEAK_BELOW:g}",
        highest=HIGHEST_SCORE,
        window=WINDOW,
        **limits,
    )
    texts = [t(f"progress.formula_{name}") for name in ("lines", "spread", "halves", "streak")]
    return rx.el.details(
        rx.el.summary(t("progress.formulas")),
        rx.el.div(*[rx.el.p(text, class_name="text") for text in (*texts, drills)], class_name="inside"),
        class_name="fold panel",
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


def _loaded() -> rx.Component:
    return rx.fragment(
        rx.cond(ProgressState.is_demo, note(t("progress.demo"), icon="flask-conical")),
        _ranges(),
        _numbers(),
        _suggestions(),
        rx.cond(ProgressState.shown_count > 0, rx.fragment(_weeks(), _lines()), _nothing_here()),
        _formulas(),
        _days(),
    )


def progress_page() -> rx.Component:
    compare = rx.cond(
        ProgressState.meeting_count > 1,
        button_link(t("progress.compare"), "/progress/compare", look="soft", icon="columns-2"),
    )
    return app_page(
        page_head(t("nav.progress"), t("progress.text"), compare),
        rx.cond(
            ProgressState.is_loaded,
            rx.cond(
                ProgressState.meeting_count > 0,
                _loaded(),
                rx.el.div(
                    empty(peaks(), t("progress.empty"), t("progress.empty_text"), new_meeting_button()),
                    class_name="panel",
                ),
            ),
            skeleton_rows(),
        ),
        new_meeting_dialog(),
        drill_dialog(),
    )

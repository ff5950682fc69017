"""The list of meetings as a month; on phones, as the days of it that have any."""

import reflex as rx

from peak_app.components.links import page_link
from peak_app.components.meeting_filters import step
from peak_app.components.plan import overdue_tag
from peak_app.i18n.catalogue import t
from peak_app.state.calendar_rows import CalendarDay, CalendarItem, CalendarWeek
from peak_app.state.meetings import MeetingsState


def month_calendar() -> rx.Component:
    days = [rx.el.th(rx.el.abbr(day[:3], title=day), scope="col") for day in t("time.weekdays").split()]
    return rx.fragment(
        rx.el.div(
            rx.el.h2(MeetingsState.month, class_name="panel-title", id="month", aria_live="polite"),
            rx.el.div(
                step(t("meetings.month_before"), MeetingsState.previous_path, "chevron-left"),
                step(t("meetings.month_after"), MeetingsState.next_path, "chevron-right"),
                class_name="row",
            ),
            class_name="month-head",
        ),
        rx.cond(MeetingsState.cut_text != "", rx.el.p(MeetingsState.cut_text, class_name="muted pad")),
        rx.el.table(
            rx.el.thead(rx.el.tr(*days)),
            rx.el.tbody(rx.foreach(MeetingsState.weeks, _week)),
            class_name="month",
            aria_labelledby="month",
        ),
    )


def _week(week: rx.Var[CalendarWeek]) -> rx.Component:
    return rx.el.tr(rx.foreach(week.days, _day), key=week.key)


def _day(day: rx.Var[CalendarDay]) -> rx.Component:
    other = rx.cond(day.is_other_month, "other", "")
    return rx.el.td(
        rx.el.span(
            rx.el.span(day.number, aria_hidden="true", class_name="number num"),
            rx.el.span(day.name, class_name="long"),
            class_name="day",
        ),
        rx.el.ul(rx.foreach(day.shown, _item)),
        rx.cond(day.more != "", page_link(day.more, to=day.more_path, class_name="more")),
        key=day.key,
        class_name=rx.cond(day.is_today, "today", other),
        aria_current=rx.cond(day.is_today, "date", "false"),
        custom_attrs={"data-empty": rx.cond(day.shown.length() == 0, "true", "false")},
    )


def _item(item: rx.Var[CalendarItem]) -> rx.Component:
    return rx.el.li(
        page_link(
            rx.el.span(item.time, class_name="num time"),
            rx.el.bdi(item.title, class_name="title"),
            rx.el.span(item.status_text, class_name="vh"),
            rx.cond(item.is_overdue, overdue_tag()),
            to=item.path,
            class_name="entry",
            custom_attrs={"data-state": item.status},
        ),
        key=item.meeting_id,
    )

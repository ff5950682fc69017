"""What narrows and orders the list of meetings, folded on phones."""

import reflex as rx

from peak_app.components.forms import button
from peak_app.components.links import page_link
from peak_app.domain.meetings.listing import Sort
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.i18n.catalogue import t
from peak_app.ports.language import HIGHEST_SCORE, LOWEST_SCORE
from peak_app.state.meetings import MeetingsState


def toolbar() -> rx.Component:
    return rx.el.div(
        rx.el.div(_search(), _fold(), _views(), class_name="toolbar"),
        _filters(),
        class_name="list-tools",
        role="search",
    )


def _change(name: str):
    return lambda value: MeetingsState.change(name, value)


def _search() -> rx.Component:
    return rx.el.input(
        type="search",
        class_name="input search grow",
        placeholder=t("meetings.search_hint"),
        aria_label=t("meetings.search"),
        default_value=MeetingsState.search,
        key="search-" + MeetingsState.fields_key.to_string(),
        on_change=MeetingsState.change("q").debounce(250),
    )


def _fold() -> rx.Component:
    """Only phones show it: there the filters are folded until someone wants them."""
    return rx.el.button(
        rx.icon("sliders-horizontal", size=16, aria_hidden="true"),
        t("meetings.filters"),
        rx.cond(MeetingsState.filter_count > 0, rx.el.span(MeetingsState.filter_count, class_name="tag num")),
        type="button",
        class_name="chip fold-filters",
        aria_expanded=rx.cond(MeetingsState.is_unfolded, "true", "false"),
        aria_controls="filters",
        on_click=MeetingsState.unfold(~MeetingsState.is_unfolded),
    )


def _view_link(view: str, icon: str) -> rx.Component:
    return rx.el.button(
        rx.icon(icon, size=16, aria_hidden="true"),
        t(f"meetings.view_{view}"),
        type="button",
        class_name="chip",
        aria_pressed=rx.cond(MeetingsState.view == view, "true", "false"),
        on_click=MeetingsState.change("view", view),
    )


def _views() -> rx.Component:
    return rx.el.div(
        _view_link("table", "list"),
        _view_link("calendar", "calendar-days"),
        class_name="chips",
        role="group",
        aria_label=t("meetings.view"),
    )


def _choice(name: str, label: str, value: rx.Var[str], *options: rx.Component) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="label"),
        # Named by itself, too: the text of its label has all options in it.
        rx.el.select(*options, value=value, class_name="input", aria_label=label, on_change=_change(name)),
        class_name="filter",
    )


def _day(name: str, label: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="label"),
        rx.el.input(
            type="date",
            class_name="input",
            aria_label=label,
            default_value=value,
            key=f"{name}-" + MeetingsState.fields_key.to_string(),
            on_change=MeetingsState.change(name).debounce(500),
        ),
        class_name="filter",
    )


def _filters() -> rx.Component:
    any_one = rx.el.option(t("meetings.all"), value="")
    return rx.el.div(
        _choice(
            "state",
            t("meetings.state"),
            MeetingsState.status,
            any_one,
            *[rx.el.option(t(f"status.{status.value}"), value=status.value) for status in MeetingStatus],
        ),
        _choice(
            "agent",
            t("meetings.agent"),
            MeetingsState.agent_id,
            any_one,
            rx.foreach(MeetingsState.agents, lambda agent: rx.el.option(agent.name, value=agent.agent_id)),
        ),
        _day("from", t("meetings.from"), MeetingsState.since),
        _day("to", t("meetings.to"), MeetingsState.until),
        _choice(
            "score",
            t("meetings.score"),
            MeetingsState.score,
            any_one,
            *[
                rx.el.option(t("meetings.score_from", score=score), value=str(score))
                for score in range(LOWEST_SCORE + 1, HIGHEST_SCORE + 1)
            ],
        ),
        rx.cond(
            MeetingsState.view == "table",
            _choice(
                "sort",
                t("meetings.sort"),
                MeetingsState.sort,
                *[rx.el.option(t(f"meetings.sort_{sort.value}"), value=sort.value) for sort in Sort],
            ),
        ),
        rx.cond(
            (MeetingsState.filter_count > 0) | (MeetingsState.search != ""),
            button(t("meetings.clear"), look="ghost small", icon="x", on_click=MeetingsState.clear_filters),
        ),
        class_name=rx.cond(MeetingsState.is_unfolded, "filter-row open", "filter-row"),
        id="filters",
    )


def pager() -> rx.Component:
    """How many there are, and the pages before and after as links, so that they can be opened elsewhere."""
    return rx.el.div(
        rx.el.span(MeetingsState.total_text, role="status", class_name="num"),
        rx.cond(
            MeetingsState.page_count > 1,
            rx.el.nav(
                step(t("common.previous"), MeetingsState.previous_path),
                rx.el.span(MeetingsState.page, " / ", MeetingsState.page_count, class_name="num"),
                step(t("common.next"), MeetingsState.next_path),
                class_name="row",
                aria_label=t("meetings.pages"),
            ),
        ),
        class_name="pager",
    )


def step(label: str, path: rx.Var[str], icon: str = "") -> rx.Component:
    """A link to what comes before or after; no link where nothing does. With an icon, the label is its name."""
    shown = rx.icon(icon, size=17, aria_hidden="true") if icon else label
    look = "icon-button" if icon else "btn soft small"
    return rx.cond(
        path != "",
        page_link(shown, to=path, class_name=look, aria_label=label),
        rx.el.span(shown, class_name=look, aria_disabled="true", role="link", aria_label=label),
    )

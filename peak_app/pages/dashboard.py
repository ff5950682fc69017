"""`/dashboard`: where one stands, and one thing to do next."""

import reflex as rx

from peak_app.components.art import conversation
from peak_app.components.drill import drill_dialog
from peak_app.components.feedback import empty, note, skeleton_rows
from peak_app.components.layout import app_page, page_head, panel
from peak_app.components.links import button_link, page_link
from peak_app.components.meetings import meeting_list, new_meeting_button, new_meeting_dialog
from peak_app.components.standing import last_score, weakest_skills
from peak_app.components.tiles import tile
from peak_app.components.zone import zone_offer
from peak_app.i18n.catalogue import t
from peak_app.state.dashboard import DashboardState
from peak_app.state.meeting_rows import MeetingRow


def _number(icon: str, label: str, value: rx.Var[str], hint: str | rx.Var[str]) -> rx.Component:
    shown = rx.cond(DashboardState.is_loaded, value, rx.skeleton(width="72px", height="26px"))
    return tile(label, shown, hint, icon=icon)


def _step(name: str, action: rx.Component, title: rx.Component | None = None) -> rx.Component:
    return rx.el.section(
        rx.el.span(t("dashboard.next"), class_name="tag"),
        rx.el.h2(title or t(f"dashboard.{name}")),
        rx.el.p(t(f"dashboard.{name}_text")),
        rx.el.div(action, class_name="row"),
        class_name="panel state-card",
    )


def _next_step() -> rx.Component:
    named = rx.fragment(DashboardState.next_title)
    invitation = rx.match(
        DashboardState.next_step,
        ("agent", _step("agent", button_link(t("dashboard.agent_do"), "/agents", icon="bot"))),
        ("live", _step("live", button_link(t("meeting.return"), DashboardState.next_path, icon="video"), named)),
        (
            "scheduled",
            _step("scheduled", button_link(t("dashboard.open"), DashboardState.next_path, icon="arrow-right"), named),
        ),
        (
            "read",
            _step(
                "read",
                button_link(t("dashboard.read_do"), DashboardState.next_path, icon="sparkles"),
                named,
            ),
        ),
        ("meeting", _step("meeting", new_meeting_button(t("dashboard.meeting_do")))),
        ("again", _step("again", new_meeting_button(t("dashboard.meeting_do")))),
        rx.skeleton(height="190px", width="100%", border_radius="20px"),
    )
    return rx.fragment(invitation)


def _meetings(title: str, rows: rx.Var[list[MeetingRow]], nothing: rx.Component, end: rx.Component) -> rx.Component:
    return panel(
        rx.cond(
            DashboardState.is_loaded,
            rx.cond(rows.length() > 0, rx.el.div(meeting_list(rows), class_name="in-panel"), nothing),
            skeleton_rows(2),
        ),
        title=title,
        end=end,
    )


def _ahead() -> rx.Component:
    nothing = rx.el.p(t("dashboard.ahead_empty"), class_name="muted")
    return _meetings(t("dashboard.ahead"), DashboardState.ahead, nothing, rx.fragment())


def _recent() -> rx.Component:
    nothing = empty(conversation(), t("meetings.empty"), t("meetings.empty_text"))
    link = page_link(t("dashboard.all"), to="/meetings", class_name="btn ghost small")
    return _meetings(t("dashboard.recent"), DashboardState.rows, nothing, link)


def dashboard_page() -> rx.Component:
    return app_page(
        page_head(
            rx.cond(DashboardState.greeting != "", DashboardState.greeting, t("nav.dashboard")),
            t("dashboard.text"),
            new_meeting_button(),
        ),
        zone_offer(),
        rx.cond(DashboardState.is_demo, note(t("dashboard.demo"), icon="flask-conical")),
        rx.el.section(
            _number("timer", t("dashboard.week"), DashboardState.this_week, DashboardState.this_month),
            _number("flame", t("streak.title"), DashboardState.streak, DashboardState.streak_hint),
            _number("video", t("dashboard.sessions"), DashboardState.sessions, t("dashboard.sessions_hint")),
            _number("hourglass", t("dashboard.left"), DashboardState.left, DashboardState.renews),
            class_name="grid-4",
            aria_label=t("dashboard.numbers"),
        ),
        _next_step(),
        rx.el.div(last_score(), weakest_skills(), class_name="grid-2"),
        rx.el.div(_ahead(), _recent(), class_name="grid-2 dashboard-lists"),
        new_meeting_dialog(),
        drill_dialog(),
    )

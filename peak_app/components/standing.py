"""Where one stands, on the dashboard: the last scorecard, and the weakest skills."""

import reflex as rx

from peak_app.components.drill import suggestion_list
from peak_app.components.feedback import skeleton_rows
from peak_app.components.layout import panel
from peak_app.components.links import page_link
from peak_app.domain.progress.drills import WEAK_BELOW
from peak_app.i18n.catalogue import t
from peak_app.ports.language import HIGHEST_SCORE
from peak_app.state.dashboard import DashboardState
from peak_app.state.dashboard_rows import SkillScore


def last_score() -> rx.Component:
    score = DashboardState.score
    mean = rx.el.span(score.mean, rx.el.small(t("scorecard.mean_of", highest=HIGHEST_SCORE)), class_name="mean num")
    made = rx.fragment(
        rx.el.div(
            rx.cond(score.mean != "", mean),
            rx.el.div(
                rx.el.p(page_link(score.title, to=score.path), class_name="of"),
                rx.el.p(score.about, class_name="versions"),
                rx.el.p(score.text, class_name="engine"),
            ),
            class_name="overall",
        ),
        rx.cond(
            DashboardState.skills.length() > 0, rx.el.ul(rx.foreach(DashboardState.skills, _skill), class_name="skills")
        ),
    )
    none = rx.fragment(
        rx.el.p(t("dashboard.score_none"), class_name="strong"),
        rx.el.p(t("dashboard.score_none_text"), class_name="muted"),
    )
    link = rx.cond(score.path != "", page_link(t("dashboard.score_open"), to=score.path, class_name="btn ghost small"))
    return panel(_when_loaded(rx.cond(score.path != "", made, none)), title=t("dashboard.score"), end=link)


def weakest_skills() -> rx.Component:
    nothing = rx.cond(
        DashboardState.score.path != "",
        rx.el.p(
            t("dashboard.weakest_none", limit=f"{WEAK_BELOW:g}", highest=HIGHEST_SCORE),
            class_name="muted",
        ),
        rx.el.p(t("dashboard.weakest_early"), class_name="muted"),
    )
    listed = rx.cond(DashboardState.weakest.length() > 0, suggestion_list(DashboardState.weakest), nothing)
    link = page_link(t("nav.progress"), to="/progress", class_name="btn ghost small")
    return panel(_when_loaded(listed), title=t("dashboard.weakest"), text=t("dashboard.weakest_text"), end=link)


def _skill(row: rx.Var[SkillScore]) -> rx.Component:
    meter = rx.el.span(rx.el.i(width=row.width), class_name="score-bar", aria_hidden="true")
    return rx.el.li(
        page_link(
            rx.el.span(row.name),
            rx.cond(row.width != "", meter, rx.el.span(class_name="score-bar none", aria_hidden="true")),
            rx.el.span(row.text, class_name="num"),
            to=DashboardState.score.path,
        ),
        key=row.key,
    )


def _when_loaded(content: rx.Component) -> rx.Component:
    return rx.cond(DashboardState.is_loaded, content, skeleton_rows(3))

"""How one result was made, folded below it until someone asks."""

import reflex as rx

from peak_app.components.links import plain_link
from peak_app.i18n.catalogue import t
from peak_app.state.lineage import FactRow, LineageState, OriginRow
from peak_app.state.session import SessionState


def _fact(row: rx.Var[FactRow]) -> rx.Component:
    return rx.el.div(rx.el.dt(row.label), rx.el.dd(row.value, class_name="num"))


def _run(row: rx.Var[OriginRow]) -> rx.Component:
    """Where operators see the run that made it."""
    link = rx.el.dd(plain_link(t("lineage.run"), href=row.ops_path))
    return rx.cond(SessionState.is_operator & (row.ops_path != ""), rx.el.div(rx.el.dt(t("origin.run")), link))


def _fold(row: rx.Var[OriginRow]) -> rx.Component:
    return rx.el.details(
        rx.el.summary(rx.icon("git-branch", size=15, aria_hidden="true"), row.title),
        rx.el.dl(rx.foreach(row.facts, _fact), _run(row), class_name="inside"),
        class_name="fold origin",
        custom_attrs={"data-asset": row.asset},
    )


def origin(asset: str) -> rx.Component:
    """What made the result of this asset, once there is one."""
    return rx.foreach(LineageState.origins, lambda row: rx.cond(row.asset == asset, _fold(row)))

"""The frame of every page of someone who is signed in: navigation, minutes, notices."""

import reflex as rx

from peak_app.components.feedback import notifier
from peak_app.components.forms import post_form
from peak_app.components.links import NavLink, page_link, plain_link
from peak_app.components.minutes import minutes_view
from peak_app.components.notifications import bell
from peak_app.components.palette import palette, palette_button, palette_icon
from peak_app.components.theme import ICONS
from peak_app.i18n.catalogue import t
from peak_app.state.session import SessionState


def brand(to: str = "/dashboard") -> rx.Component:
    return page_link(
        rx.el.img(src="/icon.svg", alt="", width="32", height="32"),
        rx.el.span(t("shell.short_name"), " "),
        rx.el.small(t("frame.brand_end")),
        to=to,
        class_name="brand",
    )


def navigation() -> rx.Component:
    links = [
        NavLink.create(
            rx.icon(icon, size=18, aria_hidden="true"), t(f"nav.{name}"), to=f"/{name}", class_name="nav-item"
        )
        for name, icon in ICONS.items()
    ]
    operator = rx.cond(
        SessionState.is_operator,
        rx.fragment(
            NavLink.create(
                rx.icon("activity", size=18, aria_hidden="true"),
                t("nav.operations"),
                to="/operations",
                class_name="nav-item",
            ),
            plain_link(
                rx.icon("workflow", size=18, aria_hidden="true"), t("nav.ops"), href="/ops", class_name="nav-item"
            ),
        ),
    )
    return rx.el.nav(*links, operator, class_name="nav", aria_label=t("frame.navigation"))


def minutes() -> rx.Component:
    return page_link(minutes_view("frame"), to="/billing", class_name="side-minutes")


def color_mode() -> rx.Component:
    return rx.el.button(
        rx.color_mode_cond(rx.icon("moon", size=17), rx.icon("sun", size=17)),
        class_name="icon-button",
        type="button",
        aria_label=t("frame.color_mode"),
        on_click=rx.toggle_color_mode,
    )


def person(*more: rx.Component) -> rx.Component:
    """Who is signed in, with `more` beside what there always is to press."""
    return rx.el.div(
        rx.el.span(SessionState.initials, class_name="avatar", aria_hidden="true"),
        rx.el.div(
            rx.cond(SessionState.name != "", rx.el.b(SessionState.name, font_size="13.5px", font_weight="600")),
            rx.el.span(SessionState.email, class_name="muted", font_size="12.5px"),
            class_name="who",
        ),
        *more,
        color_mode(),
        post_form(
            rx.el.button(
                rx.icon("log-out", size=17), type="submit", class_name="icon-button", aria_label=t("frame.sign_out")
            ),
            action="/auth/sign-out",
        ),
        class_name="side-user",
    )


def _column(*above: rx.Component, beside_person: tuple[rx.Component, ...] = ()) -> list[rx.Component]:
    return [brand(), *above, navigation(), rx.el.div(minutes(), person(*beside_person), class_name="side-foot")]


def _top_bar() -> rx.Component:
    menu = rx.drawer.root(
        rx.drawer.trigger(
            rx.el.button(rx.icon("menu", size=20), class_name="icon-button", type="button", aria_label=t("frame.menu"))
        ),
        rx.drawer.overlay(z_index="40"),
        rx.drawer.portal(
            rx.drawer.content(
                rx.drawer.title(t("frame.navigation"), class_name="vh"),
                rx.drawer.description(t("frame.navigation"), class_name="vh"),
                rx.el.div(*_column(), class_name="drawer"),
                height="100%",
                width="288px",
                z_index="50",
            )
        ),
        direction="left",
    )
    return rx.el.header(menu, brand(), rx.el.div(flex="1"), palette_icon(), bell(), color_mode(), class_name="topbar")


def app_page(*children: rx.Component) -> rx.Component:
    """A page inside the frame. Its data comes by `on_load`; the markup holds none."""
    return rx.el.div(
        plain_link(t("frame.skip"), href="#main", class_name="skip"),
        rx.el.aside(*_column(palette_button(), beside_person=(bell(),)), class_name="side", aria_label=t("frame.side")),
        rx.el.div(
            _top_bar(),
            rx.el.main(*children, id="main", class_name="main", tab_index=-1),
            class_name="content",
        ),
        palette(),
        notifier(),
        class_name="app-bg",
    )


def page_head(
    title: str | rx.Var[str],
    text: str | rx.Var[str] | rx.Component = "",
    *actions: rx.Component,
    above: rx.Component | None = None,
) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            above or rx.fragment(),
            rx.el.h1(title),
            _subtitle(text),
            class_name="titles",
        ),
        rx.el.div(*actions, class_name="row"),
        class_name="page-head",
    )


def _subtitle(text: str | rx.Var[str] | rx.Component) -> rx.Component:
    if isinstance(text, rx.Component):
        return text
    return rx.fragment() if isinstance(text, str) and not text else rx.el.p(text)


def crumb(label: str, to: str) -> rx.Component:
    """The way back to the list a page belongs to."""
    return page_link(rx.icon("chevron-left", size=15), label, to=to, class_name="crumb")


def panel(
    *children: rx.Component, title: str = "", text: str | rx.Var[str] = "", end: rx.Component | None = None
) -> rx.Component:
    head = rx.el.div(
        rx.el.div(
            rx.el.h2(title, class_name="panel-title"),
            rx.el.p(text, class_name="panel-note") if not isinstance(text, str) or text else rx.fragment(),
            class_name="grow",
        ),
        end or rx.fragment(),
        class_name="panel-head",
    )
    return rx.el.section(head if title else rx.fragment(), *children, class_name="panel pad")

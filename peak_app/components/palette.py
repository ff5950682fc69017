"""The command palette: Ctrl+K or Cmd+K, or a button, leads to any meeting, agent or page by its name."""

import reflex as rx

from peak_app.components.theme import ICONS
from peak_app.i18n.catalogue import section, t
from peak_app.state.palette import QUERY_LIMIT, PaletteRow, PaletteState
from peak_app.state.session import SessionState

_JSX = rx.asset("palette.jsx", shared=True).importable_path
_PAGES = (*ICONS, "operations")
_OPERATORS = ("operations",)


class PaletteView(rx.NoSSRComponent):
    """Comes as a script of its own after the page, and draws nothing until it is asked for."""

    library = _JSX
    tag = "Palette"
    strings: rx.Var[dict[str, str]]
    groups: rx.Var[list[dict[str, str]]]
    pages: rx.Var[list[dict[str, str]]]
    rows: rx.Var[list[PaletteRow]]
    answered: rx.Var[str]
    is_loaded: rx.Var[bool]
    is_operator: rx.Var[bool]
    limit: rx.Var[int]
    on_search: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_leave: rx.EventHandler[rx.event.no_args_event_spec]


def palette() -> rx.Component:
    pages = [{"title": t(f"nav.{name}"), "to": f"/{name}", "for": _audience(name)} for name in _PAGES]
    return PaletteView.create(
        strings=section("palette"),
        groups=[{"kind": kind, "title": t(f"palette.{kind}")} for kind in ("pages", "meetings", "agents")],
        pages=pages,
        rows=PaletteState.rows,
        answered=PaletteState.answered,
        is_loaded=PaletteState.is_loaded,
        is_operator=SessionState.is_operator,
        limit=QUERY_LIMIT,
        on_search=PaletteState.search,
        on_leave=PaletteState.close,
    )


def _audience(name: str) -> str:
    return "operators" if name in _OPERATORS else "everyone"


def palette_button() -> rx.Component:
    """Looks like a field of search; the palette listens for presses of anything marked so."""
    return rx.el.button(
        rx.icon("search", size=16, aria_hidden="true"),
        rx.el.span(t("palette.open"), class_name="grow"),
        rx.el.kbd("Ctrl K", aria_hidden="true", class_name="palette-keys"),
        type="button",
        class_name="palette-button",
        custom_attrs={"data-palette": "", "aria-keyshortcuts": "Control+K Meta+K"},
    )


def palette_icon() -> rx.Component:
    """The same where there is no room for words."""
    return rx.el.button(
        rx.icon("search", size=18, aria_hidden="true"),
        type="button",
        class_name="icon-button",
        aria_label=t("palette.open"),
        custom_attrs={"data-palette": ""},
    )

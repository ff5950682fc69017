"""Links inside the product, which change the page without loading it anew."""

import reflex as rx
from reflex_components_core.react_router import ReactRouterLink


class NavLink(rx.Component):
    """A link that knows whether it leads to the page one is on: it then carries aria-current="page"."""

    library = "react-router"
    tag = "NavLink"
    to: rx.Var[str]


class PlainLink(rx.Component):
    """A link that loads what it leads to, for what is no page of the app; Reflex' own stays inside it."""

    tag = "a"
    _is_tag_in_global_scope = True
    href: rx.Var[str]
    download: rx.Var[str]


plain_link = PlainLink.create


def page_link(*children: rx.Component | rx.Var | str, to: str | rx.Var[str], **props: object) -> rx.Component:
    return ReactRouterLink.create(*children, to=to, **props)


def button_link(
    label: str | rx.Var[str], to: str | rx.Var[str], *, look: str = "primary", icon: str = ""
) -> rx.Component:
    """A link that looks like a button; `look` is classes of `.btn`."""
    return page_link(*([rx.icon(icon, size=17)] if icon else []), label, to=to, class_name=f"btn {look}")

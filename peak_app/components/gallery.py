"""The gallery of agents to start from."""

import reflex as rx

from peak_app.components.forms import button
from peak_app.components.layout import panel
from peak_app.domain.agents.gallery import KINDS
from peak_app.i18n.catalogue import t
from peak_app.state.agents import NewAgentState
from peak_app.state.conduct_form import StageRow
from peak_app.state.gallery import GalleryCard, GalleryState


def _chip(label: str, kind: str) -> rx.Component:
    return rx.el.button(
        label,
        type="button",
        class_name="chip",
        aria_pressed=rx.cond(GalleryState.kind == kind, "true", "false"),
        on_click=GalleryState.choose_kind(kind),
    )


def _card(card: rx.Var[GalleryCard]) -> rx.Component:
    name_id = "template-" + card.id
    return rx.el.li(
        rx.el.span(card.kind_name, class_name="tag"),
        rx.el.h3(card.name, id=name_id),
        rx.el.p(card.about),
        rx.el.div(
            rx.el.button(
                t("gallery.use"),
                type="button",
                class_name="btn soft small",
                aria_describedby=name_id,
                on_click=NewAgentState.open_template(card.id),
            ),
            rx.el.button(
                t("gallery.preview"),
                type="button",
                class_name="btn ghost small",
                aria_describedby=name_id,
                on_click=GalleryState.preview(card.id),
            ),
            class_name="row",
        ),
        class_name="gallery-card",
        key=card.id,
    )


def gallery() -> rx.Component:
    return panel(
        rx.el.div(
            _chip(t("gallery.all"), ""),
            *[_chip(t(f"gallery.kind_{kind}"), kind) for kind in KINDS],
            class_name="chips",
            role="group",
            aria_label=t("gallery.kinds"),
        ),
        rx.el.ul(rx.foreach(GalleryState.cards, _card), class_name="gallery"),
        title=t("gallery.title"),
        text=t("gallery.text"),
    )


def _stage(stage: rx.Var[StageRow]) -> rx.Component:
    return rx.el.li(
        rx.el.b(stage.name), rx.el.span(" · ", stage.minutes, " ", t("gallery.minutes")), rx.el.p(stage.goal)
    )


def gallery_preview() -> rx.Component:
    shown = GalleryState.shown
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(shown.name),
            rx.dialog.description(shown.about, size="2", color_scheme="gray"),
            rx.el.div(
                rx.el.p(shown.instructions, class_name="preview-words"),
                rx.cond(shown.greeting != "", rx.el.p(rx.el.q(shown.greeting), class_name="muted")),
                rx.cond(
                    shown.stages.length() > 0,
                    rx.fragment(
                        rx.el.h2(t("conduct.stages"), class_name="preview-title"),
                        rx.el.ol(rx.foreach(shown.stages, _stage), class_name="preview-stages"),
                    ),
                ),
                rx.el.div(rx.foreach(shown.facts, lambda fact: rx.el.span(fact, class_name="tag")), class_name="row"),
                rx.el.div(
                    button(t("gallery.use"), icon="check", on_click=NewAgentState.open_template(shown.id)),
                    rx.el.div(flex="1"),
                    rx.dialog.close(button(t("common.cancel"), look="ghost")),
                    class_name="row",
                ),
                class_name="stack",
                margin_top="16px",
            ),
            max_width="620px",
        ),
        open=GalleryState.is_shown,
        on_open_change=GalleryState.set_shown,
    )

"""Taking everything away, and leaving for good."""

import reflex as rx

from peak_app.components.forms import button, field, post_form, problem
from peak_app.components.layout import panel
from peak_app.i18n.catalogue import t
from peak_app.state.departure import DepartureState
from peak_app.state.session import SessionState


def export() -> rx.Component:
    return panel(
        post_form(button(t("archive.button"), kind="submit", icon="download"), action="/api/account/archive"),
        rx.el.p(t("archive.panel_hint"), class_name="muted settings-fine"),
        title=t("archive.panel"),
        text=t("archive.panel_text"),
    )


def _question() -> rx.Component:
    """Says exactly what goes and what little stays, and takes the address as the answer."""
    going = [t(f"departure.goes.{kind}") for kind in ("meetings", "media", "rest", "history", "plan", "sessions")]
    staying = [t(f"departure.stays.{kind}") for kind in ("minutes", "invoices", "receipt")]
    typed = rx.el.input(
        name="email", class_name="input", type="text", auto_complete="off", spell_check=False, input_mode="email"
    )
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(t("departure.question")),
            rx.alert_dialog.description(t("departure.text"), size="2", color_scheme="gray"),
            rx.el.ul(*[rx.el.li(text) for text in going], class_name="points deleted-parts"),
            rx.el.p(t("departure.stays"), class_name="settings-fine"),
            rx.el.ul(
                *[rx.el.li(text) for text in staying],
                rx.cond(SessionState.is_operator, rx.el.li(t("departure.operator"))),
                class_name="points deleted-parts",
            ),
            rx.form(
                rx.el.div(
                    field(
                        t("departure.type"),
                        typed,
                        hint=rx.fragment(t("departure.type_hint"), " ", rx.el.b(SessionState.email)),
                    ),
                    problem(DepartureState.error),
                    rx.el.div(
                        rx.alert_dialog.cancel(button(t("departure.keep"), look="soft")),
                        button(t("departure.do"), kind="submit", look="danger solid", icon="trash-2"),
                        class_name="actions",
                    ),
                    class_name="form",
                ),
                on_submit=DepartureState.delete,
                reset_on_submit=False,
            ),
            max_width="520px",
        ),
        open=DepartureState.is_asking,
        on_open_change=DepartureState.ask,
    )


def leave() -> rx.Component:
    return panel(
        button(t("departure.button"), look="danger", icon="trash-2", on_click=DepartureState.ask(True)),
        _question(),
        title=t("departure.title"),
        text=t("departure.panel_text"),
    )

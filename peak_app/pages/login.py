"""`/login`: an address for a link, then the digits for those who read mail elsewhere; or other ways in. Plain forms."""

import reflex as rx

from peak_app.components.feedback import note
from peak_app.components.forms import button, field, post_form, problem
from peak_app.components.layout import brand
from peak_app.components.links import page_link, plain_link
from peak_app.components.passkeys import passkey_sign_in
from peak_app.i18n.catalogue import t
from peak_app.state.login import LoginState, OfferRow
from peak_app.state.session import SessionState


def _inbox() -> rx.Component:
    return rx.cond(
        # Both at once: a link that moves while it is being pressed is not pressed.
        LoginState.is_loaded & SessionState.has_local_inbox,
        plain_link(rx.icon("inbox", size=16), t("login.inbox"), href="/dev/inbox", class_name="btn soft wide"),
    )


def _next() -> rx.Component:
    return rx.cond(LoginState.next_path != "", rx.el.input(type="hidden", name="next", value=LoginState.next_path))


def _offer(row: rx.Var[OfferRow]) -> rx.Component:
    return rx.el.li(
        post_form(_next(), button(row.button, look="soft wide", kind="submit", icon="log-in"), action=row.action),
        key=row.action,
    )


def _offers() -> rx.Component:
    """Other ways in: whoever is set up to sign in by, and passkeys where browsers make them."""
    return rx.cond(
        (LoginState.offers.length() > 0) | (LoginState.passkey_site != ""),
        rx.fragment(
            rx.el.p(t("login.or"), class_name="or"),
            rx.el.ul(
                rx.foreach(LoginState.offers, _offer),
                rx.cond(
                    LoginState.passkey_site != "",
                    rx.el.li(passkey_sign_in(LoginState.passkey_site, LoginState.next_path)),
                ),
                class_name="offers",
            ),
        ),
    )


def _ask_email() -> rx.Component:
    return rx.fragment(
        rx.el.h1(t("login.title")),
        rx.el.p(t("login.text")),
        post_form(
            rx.el.div(
                rx.cond(LoginState.notice != "", note(LoginState.notice, icon="check", tone="green")),
                problem(LoginState.error),
                field(
                    t("login.email"),
                    rx.el.input(
                        name="email",
                        type="email",
                        required=True,
                        max_length=254,
                        auto_complete="email",
                        auto_focus=True,
                        placeholder=t("login.email_example"),
                        class_name="input",
                    ),
                ),
                _next(),
                button(t("login.send"), look="primary wide", kind="submit", icon="mail"),
                _inbox(),
                class_name="form",
            ),
            action="/auth/link",
        ),
        _offers(),
    )


def _ask_code() -> rx.Component:
    return rx.fragment(
        rx.el.h1(t("login.sent")),
        rx.el.p(t("login.sent_text")),
        post_form(
            rx.el.div(
                problem(LoginState.error),
                field(
                    t("login.code"),
                    rx.el.input(
                        name="code",
                        required=True,
                        input_mode="numeric",
                        pattern="[0-9 ]{6,8}",
                        max_length=8,
                        auto_complete="one-time-code",
                        auto_focus=True,
                        class_name="input code",
                    ),
                ),
                button(t("login.use_code"), look="primary wide", kind="submit"),
                _inbox(),
                plain_link(t("login.again"), href="/login", class_name="btn ghost wide"),
                class_name="form",
            ),
            action="/auth/code",
        ),
    )


def login_page() -> rx.Component:
    return rx.el.div(
        rx.el.main(
            rx.el.div(
                brand("/"),
                rx.cond(LoginState.is_sent, _ask_code(), _ask_email()),
                rx.el.div(
                    page_link(t("login.home"), to="/", class_name="crumb"), margin_top="18px", text_align="center"
                ),
                class_name="panel auth-card",
            ),
            class_name="center-page",
        ),
        class_name="hero-bg",
    )

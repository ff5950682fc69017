"""The two places where a browser is asked for a passkey."""

import reflex as rx

from peak_app.domain.passkeys.models import PASSKEY_NAME_LIMIT
from peak_app.i18n.catalogue import section

_JSX = rx.asset("passkeys.jsx", shared=True).importable_path
rx.asset("passkeys.js", shared=True)
rx.asset("fold.jsx", shared=True)


class PasskeySignIn(rx.NoSSRComponent):
    """`site` is the origin passkeys are good at; nothing is shown where it is empty."""

    library = _JSX
    tag = "PasskeySignIn"
    site: rx.Var[str]
    next_path: rx.Var[str]
    labels: rx.Var[dict[str, str]]


class PasskeyAdder(rx.NoSSRComponent):
    """Adds one to the account of whoever is signed in; `on_added` then tells of it."""

    library = _JSX
    tag = "PasskeyAdder"
    site: rx.Var[str]
    most_letters: rx.Var[int]
    labels: rx.Var[dict[str, str]]
    on_added: rx.EventHandler[rx.event.no_args_event_spec]


def passkey_sign_in(site: rx.Var[str], next_path: rx.Var[str]) -> rx.Component:
    return PasskeySignIn.create(site=site, next_path=next_path, labels=section("passkeys"))


def passkey_adder(site: rx.Var[str], on_added: rx.event.EventType[()]) -> rx.Component:
    return PasskeyAdder.create(
        site=site, most_letters=PASSKEY_NAME_LIMIT, labels=section("passkeys"), on_added=on_added
    )

"""How many requests one network address may send, whatever they are for and whoever is signed in."""

import time

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from peak_app.api.addresses import client_ip
from peak_app.api.answers import error_answer
from peak_app.domain.accounts.pace import Pace
from peak_app.i18n.catalogue import t

REQUESTS_PER_S = 100.0
"""Of one address: an office that opens its pages behind one, and no more. What costs has a limit of its own."""
REQUEST_BURST = 2_000.0
"""A page that nobody has opened before asks for some sixty files at once."""
_WAIT_S = 5


class Turnstile:
    """Turns requests away before anything is asked for them. Websockets are counted where they open."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._pace = Pace(REQUESTS_PER_S, REQUEST_BURST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            address = client_ip(HTTPConnection(scope))
            if address is not None and not self._pace.admit(address, time.monotonic()):
                answer = error_answer(t("refusal.too_fast"), 429)
                answer.headers["retry-after"] = str(_WAIT_S)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

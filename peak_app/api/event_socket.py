"""The websocket of the pages: who opens it is decided once, at the handshake."""

import logging
from datetime import timedelta

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from peak_app.api import metrics
from peak_app.api.addresses import client_ip
from peak_app.api.answers import error_answer
from peak_app.api.gate import refuse_websocket
from peak_app.api.identity import find_person
from peak_app.db.engine import is_away
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.identity import SessionReference
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock

log = logging.getLogger(__name__)

EVENT_PATH = "/_event"
_SECRETS = frozenset({b"cookie", b"authorization", b"proxy-authorization"})

SOCKETS_PER_ADDRESS = 200
"""Websockets one address may hold at a time; every tab costs memory, and tokens can be made up."""
HANDSHAKES_PER_MINUTE = 120
"""Of one address; what a tab costs is kept for a while after it closes, so that holding few is not enough."""


class EventSocket:
    """Takes the cookie out and puts an internal reference to the session in its place.

    So the secret never enters the state of a tab, nor the log that Reflex writes when it can't make sense of an event.
    What a client sends as `authorization` itself is thrown away.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: dict[str, int] = {}
        self._handshakes = AttemptLimit(HANDSHAKES_PER_MINUTE, timedelta(minutes=1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope.get("path", "").startswith(EVENT_PATH):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        else:
            # Polling over HTTP is switched off; it would pass this check by.
            await error_answer(t("refusal.websockets_only"), 400)(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        address = client_ip(connection)
        if address is not None and not (
            self._open.get(address, 0) < SOCKETS_PER_ADDRESS and self._handshakes.admit(address, system_clock())
        ):
            await refuse_websocket(receive, send)
            return
        try:
            person = await find_person(connection)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("the database doesn't answer a handshake: %s", type(error).__name__)
            await refuse_websocket(receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name not in _SECRETS]
        if person is not None:
            reference = SessionReference(person.user_id, person.session_id)
            headers.append((b"authorization", reference.to_header().encode()))
        metrics.count_socket(1)
        try:
            await self._hold(address, {**scope, "headers": headers}, receive, send)
        finally:
            metrics.count_socket(-1)

    async def _hold(self, address: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        if address is None:
            await self._app(scope, receive, send)
            return
        self._open[address] = self._open.get(address, 0) + 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

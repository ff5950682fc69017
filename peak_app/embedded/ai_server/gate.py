"""Who may talk to the server: programs on this installation, never a web page."""

from collections.abc import Iterable

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from peak_app.embedded.ai_server.faults import Forbidden

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def host_name(header: str) -> str:
    """The host of a Host header without its port."""
    if header.startswith("["):
        return header[1:].split("]", 1)[0].lower()
    return header.rsplit(":", 1)[0].lower() if ":" in header else header.lower()


class Gate:
    """Refuses requests with an Origin header, and those for a foreign host name while bound to loopback.

    The server has no accounts. A browser always names the page's origin on cross-site requests and WebSockets, and a
    rebound DNS name shows in the Host header, so a page the person visits can't use their microphone server.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] | None) -> None:
        self._app = app
        self._hosts = frozenset(hosts) if hosts is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        fault: Forbidden | None = None
        if b"origin" in headers:
            fault = Forbidden("Web pages may not use this server.", "origin_not_allowed")
        elif self._hosts is not None and host_name(headers.get(b"host", b"").decode("latin-1")) not in self._hosts:
            fault = Forbidden("This server does not answer to that host name.", "host_not_allowed")
        if fault is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            # Closing before accepting answers the handshake with 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            body = orjson.dumps({"error": fault.body()})
            length = str(len(body)).encode()
            headers_out = [(b"content-type", b"application/json"), (b"content-length", length)]
            await send({"type": "http.response.start", "status": fault.status_code, "headers": headers_out})
            await send({"type": "http.response.body", "body": body})

"""`/ops`: Dagster's own pages, for the operator of the installation only."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from peak_app.api.bodies import BodyTooLarge
from peak_app.api.documents import message_document
from peak_app.api.headers import OWN_POLICY
from peak_app.api.identity import find_person
from peak_app.api.loopback import loopback
from peak_app.config import settings
from peak_app.i18n.catalogue import t
from peak_app.operator_access import OPS_HEADER, OPS_PATH, ops_secret

log = logging.getLogger(__name__)

BODY_LIMIT = 2 * 1024 * 1024
"""Bytes of one request; its longest are GraphQL documents."""

# Dagster builds its pages with inline scripts and styles; nothing of ours runs on them.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; frame-ancestors 'self'; base-uri 'self'; form-action 'self'"
)
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# Our session is no business of another program, and its cookies none of ours.
_NOT_SENT = _HOP_BY_HOP | {"host", "cookie", "authorization", "origin", "referer", "forwarded", OPS_HEADER}
_NOT_RETURNED = _HOP_BY_HOP | {"set-cookie", "server", "date", "content-security-policy", "x-frame-options", OWN_POLICY}
_READ_WITHIN_S = 60.0
_ASK_AGAIN_S = 60.0
"""How often an open websocket is asked whether its session still holds."""
_MESSAGE_LIMIT = 16 * 1024 * 1024


def passed_on(headers: Iterable[tuple[str, str]], dropped: frozenset[str]) -> list[tuple[str, str]]:
    """The headers without those that concern one connection only, or are named by `Connection` as such."""
    known = [(name.lower(), value) for name, value in headers]
    named = {part.strip().lower() for name, value in known if name == "connection" for part in value.split(",")}
    return [
        (name, value)
        for name, value in known
        if name not in dropped and name not in named and not name.startswith("x-forwarded-")
    ]


def _upstream(scheme_url: str, path: str, query: str) -> str:
    return f"{scheme_url.rstrip('/')}{path}{'?' + query if query else ''}"


async def forward(request: Request) -> Response:
    person = await find_person(request)
    if person is None:
        return RedirectResponse(f"/login?next={OPS_PATH}", 303, headers={"cache-control": "no-store"})
    if not person.is_operator:
        return message_document(t("ops.missing"), t("refusal.page_missing"), 404)
    if request.method != "POST" and request.url.path.endswith("/graphql") and "query" in request.query_params:
        # Dagster would run it, also when it changes something, and nobody checks where a GET came from.
        return message_document(t("ops.refused"), t("ops.post"), 405)
    headers = passed_on(request.headers.items(), _NOT_SENT)
    headers.append((OPS_HEADER, ops_secret(settings())))
    declared = request.headers.get("content-length", "0")
    has_body = declared != "0" or "transfer-encoding" in request.headers
    if declared.isdigit() and int(declared) > BODY_LIMIT:
        raise BodyTooLarge(BODY_LIMIT)
    upstream = loopback.client.build_request(
        request.method,
        _upstream(settings().ops_url, request.scope["raw_path"].decode("latin-1"), request.url.query),
        headers=headers,
        content=_limited(request) if has_body else None,
        timeout=httpx.Timeout(_READ_WITHIN_S, connect=2),
    )
    try:
        answer = await loopback.client.send(upstream, stream=True)
    except httpx.HTTPError as error:
        log.warning("the operator pages don't answer: %s", type(error).__name__)
        return message_document(t("ops.away"), t("ops.away_text"), 503)
    response = StreamingResponse(_raw(answer), answer.status_code)
    response.raw_headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in passed_on(answer.headers.multi_items(), _NOT_RETURNED)
    ]
    if "location" in response.headers:
        # It knows itself under its loopback address only.
        response.headers["location"] = response.headers["location"].removeprefix(settings().ops_url.rstrip("/"))
    response.headers[OWN_POLICY] = "1"
    response.headers["content-security-policy"] = _POLICY
    return response


async def _limited(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises: BodyTooLarge: also when its length was not declared."""
    read = 0
    async for piece in request.stream():
        read += len(piece)
        if read > BODY_LIMIT:
            raise BodyTooLarge(BODY_LIMIT)
        yield piece


async def _raw(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it came over the wire, compressed or not; closes the connection also when the browser leaves."""
    try:
        async for piece in answer.aiter_raw():
            yield piece
    finally:
        await answer.aclose()


async def forward_websocket(socket: WebSocket) -> None:
    person = await find_person(socket)
    if person is None or not person.is_operator:
        await socket.close(1008)
        return
    subprotocols = [Subprotocol(name) for name in socket.scope.get("subprotocols", [])]
    url = _upstream(settings().ops_url.replace("http", "ws", 1), socket.url.path, socket.url.query)
    try:
        async with connect(
            url,
            subprotocols=subprotocols or None,
            additional_headers={OPS_HEADER: ops_secret(settings())},
            open_timeout=5,
            max_size=_MESSAGE_LIMIT,
            proxy=None,
        ) as upstream:
            await socket.accept(subprotocol=upstream.subprotocol)
            await _pump(socket, upstream)
    except (OSError, WebSocketException, TimeoutError) as error:
        log.warning("the operator websocket ended: %s", type(error).__name__)
        if socket.client_state.name == "CONNECTING":
            await socket.close(1013)


async def _pump(socket: WebSocket, upstream: ClientConnection) -> None:
    """Carry messages both ways until one side leaves, or the session ends."""
    tasks = [
        asyncio.create_task(_to_upstream(socket, upstream)),
        asyncio.create_task(_to_browser(socket, upstream)),
        asyncio.create_task(_until_signed_out(socket)),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, (ConnectionClosed, WebSocketDisconnect)):
            log.warning("the operator websocket broke: %s", type(outcome).__name__)
    if tasks[0] not in done:
        await socket.close()


async def _to_upstream(socket: WebSocket, upstream: ClientConnection) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        content = message.get("text")
        await upstream.send(content if content is not None else message["bytes"])


async def _to_browser(socket: WebSocket, upstream: ClientConnection) -> None:
    async for message in upstream:
        if isinstance(message, str):
            await socket.send_text(message)
        else:
            await socket.send_bytes(message)


async def _until_signed_out(socket: WebSocket) -> None:
    while True:
        await asyncio.sleep(_ASK_AGAIN_S)
        person = await find_person(socket)
        if person is None or not person.is_operator:
            return


_METHODS = ["GET", "HEAD", "POST", "OPTIONS"]
ROUTES = [
    Route(OPS_PATH, forward, methods=_METHODS),
    Route(f"{OPS_PATH}/{{path:path}}", forward, methods=_METHODS),
    WebSocketRoute(f"{OPS_PATH}/{{path:path}}", forward_websocket),
]

"""Signalling over HTTP, for the web process on loopback only: browsers never talk to it."""

import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge import metrics
from bridge.desk import CallDesk
from peak_app.domain.meetings.bridges import PlaceElsewhere, PlacesTaken
from peak_app.domain.meetings.ticket import Ticket, TicketNotValid, read_ticket
from peak_app.errors import InvalidInput, NotFound, PeakError
from peak_app.i18n.catalogue import t
from peak_app.metrics.page import METRICS_PATH, MetricsPage

log = logging.getLogger(__name__)

LARGEST_BODY = 128_000
"""Bytes."""


class NoBrowsers:
    """Refuses whatever a browser could send on a page's behalf: every cross-site request carries an Origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(name == b"origin" for name, _ in scope["headers"]):
            response = JSONResponse({"error": "Calls are joined through the product's own address."}, 403)
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)


def signalling_app(
    desk: CallDesk,
    key: bytes,
    now: Callable[[], datetime],
    lifespan: Callable[[], contextlib.AbstractAsyncContextManager[None]],
    metrics_token: SecretStr | None,
) -> ASGIApp:
    """The bridge's HTTP face; `lifespan` holds what runs beside it."""

    async def offer(request: Request) -> Response:
        try:
            ticket, body = await _ticket(request)
            answer = await desk.join(ticket, body.get("sdp"))
        except PeakError as error:
            metrics.count_refusal(error)
            raise
        metrics.count_offer()
        return JSONResponse({"sdp": answer})

    async def join(request: Request) -> Response:
        try:
            ticket, _ = await _ticket(request)
            await desk.join_hosted(ticket)
        except PeakError as error:
            metrics.count_refusal(error)
            raise
        metrics.count_offer()
        return JSONResponse({})

    async def end(request: Request) -> Response:
        ticket, _ = await _ticket(request)
        await desk.end(ticket)
        return JSONResponse({})

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "draining" if desk.is_draining else "ready", "calls": desk.calls})

    async def _ticket(request: Request) -> tuple[Ticket, dict[str, Any]]:
        try:
            meeting_id = UUID(request.path_params["meeting_id"])
        except ValueError as error:
            raise NotFound(t("refusal.no_meeting")) from error
        body = await _body(request)
        text = body.get("ticket")
        if not isinstance(text, str):
            raise TicketNotValid
        ticket = read_ticket(text, key, now())
        if ticket.meeting_id != meeting_id:
            raise TicketNotValid
        return ticket, body

    @contextlib.asynccontextmanager
    async def run_beside(_: Starlette) -> AsyncIterator[None]:
        async with lifespan():
            yield

    app = Starlette(
        routes=[
            Route("/calls/{meeting_id}/offer", _guarded(offer), methods=["POST"]),
            Route("/calls/{meeting_id}/join", _guarded(join), methods=["POST"]),
            Route("/calls/{meeting_id}/end", _guarded(end), methods=["POST"]),
            Route("/healthz", health, methods=["GET"]),
            Route(METRICS_PATH, MetricsPage(metrics.REGISTRY, metrics_token)),
        ],
        lifespan=run_beside,
    )
    return NoBrowsers(app)


def _guarded(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The edge: refusals become answers with a sentence, faults a 500 without detail."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except PeakError as error:
            return JSONResponse({"error": error.sentence, **_facts(error)}, error.status_code)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            log.exception("request failed")
            return JSONResponse({"error": "Something went wrong on our side."}, 500)

    return answer


def _facts(error: PeakError) -> dict[str, object]:
    """What the web process needs to know beside the sentence."""
    match error:
        case PlacesTaken(place=place):
            return {"place": place}
        case PlaceElsewhere():
            return {"is_elsewhere": True}
    return {}


async def _body(request: Request) -> dict[str, Any]:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_BODY:
            raise InvalidInput(t("refusal.request_too_large"))
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(t("refusal.no_json")) from error
    if not isinstance(body, dict):
        raise InvalidInput(t("refusal.no_object"))
    return body

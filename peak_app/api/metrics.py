"""What the web process counts for Prometheus. Labels are routes and statuses, never what someone asked for."""

import time
from uuid import UUID

from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from peak_app.metrics.page import new_registry

REGISTRY = new_registry()

_WAITS_S = 10.0
"""Who was not told their place in line for so long does not wait any more."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})

_requests = Counter("peak_web_requests", "Requests answered.", ("method", "route", "status"), registry=REGISTRY)
_duration = Histogram(
    "peak_web_request_seconds",
    "Until an answer was sent completely.",
    ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
_sockets = Gauge("peak_web_event_sockets", "Websockets of open pages.", registry=REGISTRY)
_line = Gauge("peak_web_waiting_calls", "People who were told their place in line just now.", registry=REGISTRY)
_told_at: dict[UUID, float] = {}


class Measure:
    """Counts requests by the template of their route. Outermost, so that refusals count as well."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        started = time.perf_counter()

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            route = route_of(scope)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            # 0: nobody was there any more to be answered.
            _requests.labels(method, route, str(status)).inc()
            _duration.labels(route).observe(time.perf_counter() - started)


def route_of(scope: Scope) -> str:
    """The template of the route that answered; `pages` for files and pages, `none` when no route was reached."""
    if "route" not in scope:
        return "none"
    return getattr(scope["route"], "path", "") or "pages"


def count_socket(by: int) -> None:
    """A page's websocket opened (1) or closed (-1)."""
    _sockets.inc(by)


def note_waiting(meeting_id: UUID) -> None:
    """Someone was told their place in line."""
    _told_at[meeting_id] = time.monotonic()
    _forget_old()


def _forget_old() -> int:
    since = time.monotonic() - _WAITS_S
    for meeting_id in [meeting_id for meeting_id, told_at in list(_told_at.items()) if told_at < since]:
        _told_at.pop(meeting_id, None)
    return len(_told_at)


_line.set_function(_forget_old)

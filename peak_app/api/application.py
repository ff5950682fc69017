"""Everything HTTP around the pages: our routes, and the checks that all requests pass."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from peak_app.api import (
    agents,
    archives,
    billing,
    calendars,
    calls,
    camera,
    exports,
    health,
    inbox,
    knowledge,
    media,
    metrics,
    operator_proxy,
    passkeys,
    provider_sign_in,
    shell,
    sign_in,
    stream_calls,
    voice_sample,
)
from peak_app.api.answers import Boundary, answer_refusal
from peak_app.api.event_socket import EventSocket
from peak_app.api.gate import Gate
from peak_app.api.headers import SecurityHeaders
from peak_app.api.log_lines import configure_logging
from peak_app.api.loopback import loopback
from peak_app.api.static_pages import PageFiles, RuntimeEnvironment
from peak_app.api.turnstile import Turnstile
from peak_app.config import settings
from peak_app.domain.identities.offers import half_set
from peak_app.errors import PeakError
from peak_app.metrics.page import METRICS_PATH, MetricsPage

log = logging.getLogger(__name__)

ROUTES = [
    *sign_in.ROUTES,
    *provider_sign_in.ROUTES,
    *passkeys.ROUTES,
    *inbox.ROUTES,
    *health.ROUTES,
    *calls.ROUTES,
    *stream_calls.ROUTES,
    *billing.ROUTES,
    *voice_sample.ROUTES,
    *camera.ROUTES,
    *media.ROUTES,
    *exports.ROUTES,
    *calendars.ROUTES,
    *archives.ROUTES,
    *agents.ROUTES,
    *knowledge.ROUTES,
    *operator_proxy.ROUTES,
    *shell.ROUTES,
]


def around(pages: ASGIApp, embedded: Sequence[Mount] = ()) -> ASGIApp:
    """The whole web process around the app of the pages. Called when the server starts, not at import.

    `embedded` are servers of ours that live in this process; what they do is asked of them by their URLs only.
    """
    known = settings()
    configure_logging(known.log_level)
    for name, missing in half_set(known).items():
        log.warning("nobody can sign in by %s: %s is not set", name, " and ".join(missing))
    routes = Starlette(
        routes=[
            *ROUTES,
            Route(METRICS_PATH, MetricsPage(metrics.REGISTRY, known.metrics_token)),
            *embedded,
            Mount("", PageFiles(RuntimeEnvironment(pages, known))),
        ],
        exception_handlers={PeakError: answer_refusal},
        # Within Starlette's own boundary, which would answer without a sentence.
        middleware=[Middleware(Boundary)],
    )
    routes.state.health = health.health()
    routes.state.camera = camera.camera_folder()
    routes.state.camera_lock = asyncio.Lock()
    return metrics.Measure(SecurityHeaders(Gate(Turnstile(EventSocket(routes)), known), known))


@asynccontextmanager
async def connections() -> AsyncIterator[None]:
    """Lifespan of what the routes need to reach our other processes."""
    async with loopback.open():
        yield

"""The embedded AI server as an ASGI application and as a process."""

import asyncio
import contextlib
import gc
import logging
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route, WebSocketRoute

from peak_app.config import settings
from peak_app.discreet_log import DiscreetFormatter
from peak_app.embedded.ai_server import metrics
from peak_app.embedded.ai_server.allocator import keep_memory_flat
from peak_app.embedded.ai_server.engines import Engines, load_engines
from peak_app.embedded.ai_server.faults import ApiFault
from peak_app.embedded.ai_server.gate import LOOPBACK_HOSTS, Gate
from peak_app.embedded.ai_server.limits import MAX_FRAME_BYTES
from peak_app.embedded.ai_server.realtime.endpoint import Places, realtime
from peak_app.embedded.ai_server.routes.embeddings import embeddings
from peak_app.embedded.ai_server.routes.health import health, model, models
from peak_app.embedded.ai_server.routes.practice import list_banks, match
from peak_app.embedded.ai_server.routes.replies import fault_reply, http_fault_reply
from peak_app.embedded.ai_server.routes.responses import responses
from peak_app.embedded.ai_server.routes.speech import speech
from peak_app.embedded.ai_server.routes.transcriptions import transcriptions
from peak_app.metrics.page import METRICS_PATH, MetricsPage

log = logging.getLogger(__name__)


def create_app(engines: Engines) -> Starlette:
    """The application over loaded engines; it closes them when it stops."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        housekeeping = asyncio.create_task(engines.embedder.release_when_idle())
        yield
        housekeeping.cancel()
        await asyncio.gather(housekeeping, return_exceptions=True)
        await asyncio.to_thread(engines.close)

    app = Starlette(
        routes=[
            Route("/healthz", health),
            Route(METRICS_PATH, MetricsPage(metrics.REGISTRY, settings().metrics_token)),
            Route("/v1/models", models),
            Route("/v1/models/{name:path}", model),
            Route("/v1/audio/transcriptions", transcriptions, methods=["POST"]),
            Route("/v1/audio/speech", speech, methods=["POST"]),
            Route("/v1/embeddings", embeddings, methods=["POST"]),
            Route("/v1/responses", responses, methods=["POST"]),
            Route("/v1/practice/banks", list_banks),
            Route("/v1/practice/match", match, methods=["POST"]),
            WebSocketRoute("/v1/realtime", realtime),
        ],
        exception_handlers={ApiFault: fault_reply, HTTPException: http_fault_reply},
        lifespan=lifespan,
    )
    app.state.engines = engines
    places = Places()
    app.state.places = places
    metrics.watch(lambda: places.taken, places.most)
    return app


def main(host: str, port: int) -> None:
    """Load the engines, then serve until a signal. Nothing listens before everything is loaded."""
    handler = logging.StreamHandler()
    handler.setFormatter(DiscreetFormatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=settings().log_level.upper(), handlers=[handler])
    # Libraries log requests with their content.
    for name in ("openai", "httpx", "httpcore", "httpx2", "websockets"):
        logging.getLogger(name).setLevel(logging.WARNING)
    keep_memory_flat()
    engines = load_engines(settings())
    # What was loaded stays for good: keep the collector from walking the pronunciation dictionary again and again.
    gc.collect()
    gc.freeze()
    log.info("engines loaded, model %s", engines.brain.name)
    hosts = LOOPBACK_HOSTS if host in LOOPBACK_HOSTS else None
    uvicorn.run(
        Gate(create_app(engines), hosts),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )

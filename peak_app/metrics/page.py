"""`/metrics` of a process that speaks HTTP anyway."""

import asyncio

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from peak_app.metrics.access import may_read

METRICS_PATH = "/metrics"
REFUSAL = "Metrics are shown on this machine, or to whoever sends PEAK_METRICS_TOKEN as a bearer token.\n"


def new_registry() -> CollectorRegistry:
    """Of one process, with its memory, processor time and open files."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


class MetricsPage:
    """An ASGI app that shows a registry in Prometheus's text format. None: nobody has a token."""

    def __init__(self, registry: CollectorRegistry, token: SecretStr | None) -> None:
        self._registry = registry
        self._token = token.get_secret_value() if token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer = scope["client"][0] if scope.get("client") else ""
        if not may_read(peer, scope["headers"], self._token):
            response = PlainTextResponse(REFUSAL, 401, headers={"www-authenticate": "Bearer"})
        elif scope["method"] not in ("GET", "HEAD"):
            response = PlainTextResponse("Read it with GET.\n", 405)
        else:
            encode, media_type = choose_encoder(Headers(scope=scope).get("accept", ""))
            # Collectors may ask the database, or read files of the system.
            text = await asyncio.to_thread(encode, self._registry)
            response = Response(text, media_type=media_type, headers={"cache-control": "no-store"})
        await response(scope, receive, send)

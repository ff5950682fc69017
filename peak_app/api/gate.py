"""What is refused before any route sees it: foreign names of ours, and requests from foreign pages."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from peak_app.api.addresses import header_of, is_own_origin, origin_of_host
from peak_app.api.answers import error_answer
from peak_app.config import Settings
from peak_app.domain.billing.sandbox import SANDBOX_PATH
from peak_app.i18n.catalogue import t
from peak_app.metrics.page import METRICS_PATH

WEBHOOK_PATH = "/api/webhooks/polar"
STREAM_WEBHOOK_PATH = "/api/webhooks/stream"

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Answered under any name: probes of load balancers and readers of metrics use bare addresses.
_PROBES = frozenset({"/healthz", "/ping", METRICS_PATH})

# Servers send these, which name no origin; what they show instead is a signature or a key.
_BY_SERVERS = (WEBHOOK_PATH, STREAM_WEBHOOK_PATH, f"{SANDBOX_PATH}/v1/")


class Gate:
    """Checks the `Host` of every request, and the `Origin` of whatever changes something or opens a websocket."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            is_welcome = self._is_own_host(scope) and is_own_origin(self._settings, scope)
            if not is_welcome:
                await refuse_websocket(receive, send)
                return
        elif scope["type"] == "http":
            if scope["path"] not in _PROBES and not self._is_own_host(scope):
                sentence = "This address is not known here. Set PEAK_PUBLIC_URL to the address people use.\n"
                await PlainTextResponse(sentence, 421)(scope, receive, send)
                return
            is_by_server = scope["path"].startswith(_BY_SERVERS)
            if scope["method"] not in _SAFE_METHODS and not is_by_server and not is_own_origin(self._settings, scope):
                await error_answer(t("refusal.other_site"), 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_own_host(self, scope: Scope) -> bool:
        return origin_of_host(self._settings, header_of(scope, b"host")) is not None


async def refuse_websocket(receive: Receive, send: Send) -> None:
    """Refuse the handshake: the browser sees 403."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})

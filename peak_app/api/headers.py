"""Headers every answer carries: what a browser may load and run, and how long it may keep it."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from peak_app.api.addresses import header_of, origin_of_host
from peak_app.api.cookies import is_secure
from peak_app.api.frontend import inline_script_hashes
from peak_app.config import Settings

OWN_POLICY = "x-peak-own-policy"
"""Set on an answer whose content security policy must be left as it is; never reaches the browser."""

_YEAR_S = 31_536_000


_STREAM_HOSTS = " ".join(
    f"{scheme}://*.{domain}" for domain in ("stream-io-api.com", "stream-io-video.com") for scheme in ("https", "wss")
)
"""Stream's own, as its software for pages asks them; where it lets calls run is told by its servers only."""
_SCHEMES = {"https": ("https", "wss"), "http": ("http", "ws"), "wss": ("wss",), "ws": ("ws",)}


def connections(settings: Settings) -> str:
    """Whom our pages may talk to: us, and Stream where calls are held there."""
    if not settings.has_stream:
        return "'self'"
    own = [urlsplit(url) for url in (settings.stream_url, settings.stream_ws_url) if url]
    # Over http as over a websocket: the second address is made of the first where it is not named.
    named = {f"{scheme}://{url.netloc}" for url in own for scheme in _SCHEMES[url.scheme]}
    return " ".join(("'self'", _STREAM_HOSTS, *sorted(named)))


def content_policy(script_hashes: str, connected: str = "'self'") -> str:
    """For our pages: everything from here; scripts that we built; nobody may frame us."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {script_hashes}".rstrip(),
            # Radix and the charts set style attributes.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            f"connect-src {connected}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    )


class SecurityHeaders:
    """Outermost: its headers are on refusals, too."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._connected = connections(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        origin = origin_of_host(self._settings, header_of(scope, b"host"))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-content-type-options"] = "nosniff"
                # Our own pages must see each other's origin: without it no form of ours would be taken.
                headers["referrer-policy"] = "same-origin"
                headers["permissions-policy"] = (
                    "camera=(self), microphone=(self), display-capture=(self), geolocation=()"
                )
                headers["cross-origin-opener-policy"] = "same-origin"
                headers["cross-origin-resource-policy"] = "same-origin"
                if origin and is_secure(origin):
                    headers["strict-transport-security"] = f"max-age={_YEAR_S}"
                if OWN_POLICY in headers:
                    del headers[OWN_POLICY]
                else:
                    headers["content-security-policy"] = content_policy(inline_script_hashes(), self._connected)
                    headers["x-frame-options"] = "DENY"
                if "cache-control" not in headers:
                    is_named_by_content = path.startswith("/assets/") and message["status"] in (200, 206, 304)
                    headers["cache-control"] = (
                        f"public, max-age={_YEAR_S}, immutable" if is_named_by_content else "no-cache"
                    )
            await send(message)

        await self._app(scope, receive, send_with_headers)

"""Small corrections to how the compiled pages are served."""

import re
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from peak_app.api.addresses import header_of, origin_of_host
from peak_app.api.frontend import pages_folder
from peak_app.config import Settings

_PAGE = re.compile(r"^/[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*/?$")
_ENVIRONMENT = re.compile(r"^/assets/reflex-env-[\w-]+\.js$")
_BUILT_FOR = re.compile(r"(http|ws)s?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\d+)?")


class PageFiles:
    """`/login` is served from `login.html` at once; otherwise it is a redirect to an absolute http:// address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _PAGE.fullmatch(scope["path"]):
            file = f"{scope['path'].strip('/')}.html"
            if (pages_folder() / file).is_file():
                scope = {**scope, "path": f"/{file}", "raw_path": None}
        await self._app(scope, receive, send)


class RuntimeEnvironment:
    """One build serves every port and public address.

    The addresses of the backend are baked into one script; it is answered with those the browser used itself.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _ENVIRONMENT.fullmatch(scope["path"]):
            origin = origin_of_host(self._settings, header_of(scope, b"host"))
            file = pages_folder() / scope["path"].lstrip("/")
            if origin and file.is_file():
                await _send_script(send, readdressed(_read(file), origin), is_head=scope["method"] == "HEAD")
                return
        await self._app(scope, receive, send)


def readdressed(script: str, origin: str) -> str:
    """The script with our origin in place of the one it was built for."""
    websocket_origin = origin.replace("http", "ws", 1)
    return _BUILT_FOR.sub(lambda match: origin if match[1] == "http" else websocket_origin, script)


def _read(file: Path) -> str:
    return file.read_text()


async def _send_script(send: Send, script: str, *, is_head: bool) -> None:
    body = script.encode()
    headers = [
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else body})

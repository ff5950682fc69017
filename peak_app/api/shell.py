"""What makes the product installable: the manifest, the service worker, and the page it shows without a network."""

import hashlib
from functools import cache
from html import escape
from importlib import resources

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from peak_app.api.documents import document
from peak_app.api.frontend import pages_folder
from peak_app.config import settings
from peak_app.i18n.catalogue import t

BACKGROUND = "#fcfcfd"
ACCENT = "#5b5bd6"
_ICONS = (
    ("/icon.svg", "any", "image/svg+xml", "any"),
    ("/icons/icon-192.png", "192x192", "image/png", "any"),
    ("/icons/icon-512.png", "512x512", "image/png", "any"),
    ("/icons/maskable-192.png", "192x192", "image/png", "maskable"),
    ("/icons/maskable-512.png", "512x512", "image/png", "maskable"),
)
_SHORTCUTS = ("meetings", "agents", "progress")


def manifest() -> dict[str, object]:
    """The web app manifest, in the language of the settings."""
    return {
        "id": "/dashboard",
        "name": t("shell.name"),
        "short_name": t("shell.short_name"),
        "description": t("page.description"),
        "lang": settings().language,
        "dir": "auto",
        "start_url": "/dashboard",
        "scope": "/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": ACCENT,
        "categories": ["education", "productivity"],
        "icons": [
            {"src": source, "sizes": sizes, "type": kind, "purpose": purpose} for source, sizes, kind, purpose in _ICONS
        ],
        "shortcuts": [
            {
                "name": t(f"nav.{name}"),
                "url": f"/{name}",
                "icons": [{"src": "/icons/icon-192.png", "sizes": "192x192", "type": "image/png"}],
            }
            for name in _SHORTCUTS
        ],
    }


def service_worker(version: str) -> str:
    """Its script; another version is another script, for which browsers drop what they kept for the one before."""
    return (
        resources.files("peak_app.api")
        .joinpath("service_worker.js")
        .read_text()
        .replace("peak-shell-VERSION", f"peak-shell-{version}")
    )


@cache
def shell_version() -> str:
    """Of the built pages and of what the worker keeps."""
    digest = hashlib.sha256(offline_page().body)
    for name in ("index.html", "retry.js", "icon.svg"):
        file = pages_folder() / name
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def offline_page() -> Response:
    body = (
        f'<section class="card"><h1>{escape(t("shell.offline"))}</h1><p>{escape(t("shell.offline_text"))}</p>'
        f'<button type="button" data-retry>{escape(t("shell.retry"))}</button></section>'
    )
    return document(t("shell.offline"), body, script="/retry.js")


async def show_manifest(_request: Request) -> Response:
    return JSONResponse(manifest(), media_type="application/manifest+json")


async def show_worker(_request: Request) -> Response:
    # Browsers ask again at every page, and at the latest after a day.
    script = service_worker(shell_version())
    return Response(script, media_type="text/javascript", headers={"cache-control": "no-cache"})


async def show_offline(_request: Request) -> Response:
    return offline_page()


ROUTES = [
    Route("/manifest.webmanifest", show_manifest, methods=["GET"]),
    Route("/sw.js", show_worker, methods=["GET"]),
    Route("/offline", show_offline, methods=["GET"]),
]

"""Telling of each request of the SDK that leaves this machine."""

from collections.abc import Callable

import httpx2
import openai

from peak_app.config import Settings
from peak_app.ports.outflows import Contact, Purpose, Tell, host_of_url, outside_host

_PURPOSES: tuple[tuple[str, Purpose], ...] = (
    ("/embeddings", "embeddings"),
    ("/audio/speech", "speech"),
)


def telling_client(settings: Settings, tell: Tell) -> openai.DefaultHttpxClient:
    """The SDK's own HTTP client, which tells of every attempt before it is made."""
    # A proxy of the environment is for the way out, not for our own loopback address.
    is_direct = settings.is_embedded_ai
    return openai.DefaultHttpxClient(event_hooks={"request": [_hook(settings, tell)]}, trust_env=not is_direct)


def _hook(settings: Settings, tell: Tell) -> Callable[[httpx2.Request], None]:
    behind = host_of_url(settings.llm_base_url) if settings.is_embedded_ai else ""

    def note(request: httpx2.Request) -> None:
        purpose = _purpose(request.url.path)
        # What the embedded server is asked to write, it passes on to the connected text model.
        host = outside_host(request.url.host) or (behind if purpose == "text" else "")
        if host:
            tell(Contact(host, purpose, sent_bytes=_length(request)))

    return note


def _purpose(path: str) -> Purpose:
    for end, purpose in _PURPOSES:
        if path.endswith(end):
            return purpose
    return "text"


def _length(request: httpx2.Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0

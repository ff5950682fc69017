"""How Authlib's clients reach a provider, and what its errors are to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from joserfc.errors import JoseError

from peak_app.ports.identities import ProofRefused, ProviderAway
from peak_app.ports.outflows import Contact, Tell, outside_host
from peak_app.this_machine import is_loopback

SUBJECT_LIMIT = 255
"""Longest name of a person at a provider, in characters (OpenID Connect Core, 2)."""


class AnswerUnusable(ValueError):
    """The provider's answer is not what its protocol says."""


def client_options(url: str, timeout_s: float, tell: Tell) -> dict[str, Any]:
    """For clients that talk to the provider at `url`; `tell` is told of each request before it is made."""

    def note(request: httpx2.Request) -> None:
        if host := outside_host(request.url.host):
            tell(Contact(host, "sign_in", sent_bytes=len(request.content)))

    return {
        "timeout": timeout_s,
        "event_hooks": {"request": [note]},
        # Codes and tokens go where the settings say, and nowhere else.
        "follow_redirects": False,
        # Without the proxies of the environment when the provider is on this very machine.
        "trust_env": not is_loopback(urlsplit(url).hostname or ""),
    }


@contextmanager
def translated() -> Iterator[None]:
    """Within it, whatever goes wrong with a provider is ProviderAway or ProofRefused."""
    try:
        yield
    except httpx2.HTTPStatusError as error:
        is_fault = error.response.status_code >= 500 or error.response.status_code == 429
        raise (ProviderAway if is_fault else ProofRefused)() from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ProviderAway from error
    except (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        # Authlib reads answers without checking their shape first, so nonsense ends as any of these.
        raise ProofRefused from error


def text_of(document: object, name: str, limit: int) -> str:
    """A text of a JSON object; empty when it is missing, or no text.

    Raises:
        AnswerUnusable: the document is no object, or the text is too long.
    """
    if not isinstance(document, dict):
        raise AnswerUnusable("no object")
    value = document.get(name)
    if not isinstance(value, str):
        return ""
    if len(value) > limit:
        raise AnswerUnusable("too long")
    return value

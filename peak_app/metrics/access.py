"""Who may read metrics: a program on this very machine, or whoever shows the token. Pure."""

import hmac
from collections.abc import Iterable

from peak_app.this_machine import is_loopback

_OF_A_PROXY = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)


def may_read(peer: str, headers: Iterable[tuple[bytes, bytes]], token: str | None) -> bool:
    """`peer` is the other end's address; header names are in lower case.

    A proxy on this machine speaks for strangers: it is known by what it adds, or by the name they asked for.
    """
    given = list(headers)
    if token and _shows(given, token):
        return True
    if not is_loopback(peer) or any(name in _OF_A_PROXY for name, _ in given):
        return False
    hosts = [value.decode("latin-1") for name, value in given if name == b"host"]
    return len(hosts) == 1 and is_loopback(_name(hosts[0]))


def _shows(headers: list[tuple[bytes, bytes]], token: str) -> bool:
    shown = [value for name, value in headers if name == b"authorization"]
    return len(shown) == 1 and hmac.compare_digest(shown[0], b"Bearer " + token.encode())


def _name(host: str) -> str:
    """A Host header without its port."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0].lower()

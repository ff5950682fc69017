"""Under which addresses people may reach us, and what follows from the one they used."""

from ipaddress import IPv6Address, ip_address

from starlette.requests import HTTPConnection
from starlette.types import Scope

from peak_app.config import Settings
from peak_app.this_machine import is_loopback

_ADDRESS_LIMIT = 64


def header_of(scope: Scope, name: bytes) -> str:
    """The one header with this name; empty when it is missing or given twice."""
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def origin_of_host(settings: Settings, host: str) -> str | None:
    """Our origin that has this host and port; None when it is none of ours."""
    wanted = host.lower()
    return next((origin for origin in sorted(settings.origins) if origin.partition("://")[2].lower() == wanted), None)


def is_own_origin(settings: Settings, scope: Scope) -> bool:
    """Whether the page that sends this request is ours: it names its origin, and it is one people reach us by.

    A missing origin does not count. Browsers always send it with what changes something and with websockets.
    """
    return header_of(scope, b"origin") in settings.origins


def request_origin(settings: Settings, connection: HTTPConnection) -> str:
    """The origin this request was sent to."""
    return origin_of_host(settings, connection.headers.get("host", "")) or settings.origin


def client_ip(connection: HTTPConnection) -> str | None:
    """Network address of the browser; None when it came from this machine, which says nothing about who it is.

    Of an IPv6 address the network that is given to one customer (/64): within it everyone has as many as they like.
    Only a proxy on this very machine is believed when it names the browser, and of its words the last: browsers can
    forge the others.
    """
    peer = connection.client.host if connection.client else ""
    if not is_loopback(peer):
        return _network(peer) or None
    named = connection.headers.getlist("x-forwarded-for")
    last = named[-1].rpartition(",")[2].strip() if named else ""
    return _network(last[:_ADDRESS_LIMIT]) or None


def _network(address: str) -> str:
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return f"{IPv6Address(int(known) >> 64 << 64)}/64"

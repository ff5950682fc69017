"""Where passkeys are good, as it follows from the address people use. Pure."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from peak_app.config import Settings
from peak_app.ports.passkeys import Site
from peak_app.this_machine import is_loopback


def passkey_site(settings: Settings) -> Site | None:
    """The one origin passkeys are made for; None: browsers make none for an address like ours.

    They want a name, not a number, and TLS unless it is this very machine, which is then called localhost.
    """
    parts = urlsplit(settings.origin)
    host = parts.hostname or ""
    if _is_name(host) and (parts.scheme == "https" or is_loopback(host)):
        return Site(settings.origin.lower(), host)
    return Site(f"http://localhost:{settings.port}", "localhost") if is_loopback(host) else None


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False

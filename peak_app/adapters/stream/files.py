"""Fetching what Stream keeps of calls. Its addresses are Stream's word: they are looked at before anyone is asked."""

import ipaddress
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from peak_app.i18n.catalogue import t
from peak_app.ports.rooms import FileRefused, RoomsUnavailable
from peak_app.this_machine import is_loopback

_CONNECT_S = 10.0
_SILENCE_S = 30.0
"""Between two pieces; a long recording takes as long as it takes."""
_PASSING = (408, 425, 429, *range(500, 600))

Resolve = Callable[[str], list[str]]


def resolve(host: str) -> list[str]:
    """All addresses of a name. Raises: OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


class FileFetcher:
    """Fetches from public hosts over https, and from where Stream's interface itself is; follows no redirect.

    Args:
        url: of Stream's interface.
        tell: told of the host and of the bytes sent, before each request.
        resolve: gives the addresses of a host.
    """

    def __init__(
        self, url: str, *, timeout_s: float, tell: Callable[[str, int], None], resolve: Resolve = resolve
    ) -> None:
        self._own = _place(url)
        self._timeout = httpx.Timeout(_SILENCE_S, connect=min(_CONNECT_S, timeout_s))
        self._tell = tell
        self._resolve = resolve

    def fetch(self, url: str, place: Path, limit: int) -> int:
        """See `Rooms.fetch_file`."""
        host = self._check(url)
        self._tell(host, 0)
        # No cookies, no proxy on the way to this very machine, and nobody's keys: the address alone opens the file.
        client = httpx.Client(timeout=self._timeout, follow_redirects=False, trust_env=not is_loopback(host))
        try:
            with client, client.stream("GET", url) as answer:
                if answer.status_code != 200:
                    is_passing = answer.status_code in _PASSING
                    raise (RoomsUnavailable(t("rooms.away")) if is_passing else FileRefused(t("rooms.no_file")))
                return _write(answer, place, limit)
        except httpx.HTTPError as error:
            raise RoomsUnavailable(t("rooms.away")) from error

    def _check(self, url: str) -> str:
        """The host, if it may be asked. Raises: FileRefused, RoomsUnavailable: its name is not known right now."""
        try:
            parts = urlsplit(url)
            host, here = parts.hostname or "", _place(url)
        except ValueError:
            raise FileRefused(t("rooms.no_file")) from None
        if here == self._own:
            return host
        if parts.scheme != "https" or not host or parts.username or parts.port not in (None, 443):
            raise FileRefused(t("rooms.no_file"))
        try:
            addresses = self._resolve(host)
        except OSError as error:
            raise RoomsUnavailable(t("rooms.away")) from error
        if not addresses or not all(ipaddress.ip_address(each.partition("%")[0]).is_global for each in addresses):
            raise FileRefused(t("rooms.no_file"))
        return host


def _place(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def _write(answer: httpx.Response, place: Path, limit: int) -> int:
    declared = answer.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise FileRefused(t("rooms.file_too_large"))
    size = 0
    with place.open("wb") as file:
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > limit:
                raise FileRefused(t("rooms.file_too_large"))
            file.write(piece)
    return size

"""HTTP to our own processes on this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


class LoopbackClient:
    """One pool of connections for the process. It is open while the process serves, see `lifespan`."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    @property
    def client(self) -> httpx.AsyncClient:
        if self._client is None:
            raise RuntimeError("the loopback client is used outside the server's lifespan")
        return self._client

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        # No proxies of the environment: these addresses are ours. And no cookies: one that is set for the first person
        # would be sent along with everyone's requests.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        async with httpx.AsyncClient(
            trust_env=False, limits=_LIMITS, timeout=httpx.Timeout(10, connect=2), cookies=no_cookies
        ) as client:
            self._client = client
            try:
                yield
            finally:
                self._client = None


loopback = LoopbackClient()

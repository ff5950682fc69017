"""Who sent a request."""

import asyncio
from uuid import UUID

from starlette.requests import HTTPConnection, Request

from peak_app.api.addresses import origin_of_host
from peak_app.api.cookies import cookie_of, session_cookie_name
from peak_app.config import settings
from peak_app.domain.accounts.errors import SignedOut
from peak_app.domain.accounts.identity import SignedIn
from peak_app.domain.fields import uuid_of
from peak_app.wiring import services


def session_secret(connection: HTTPConnection) -> str:
    """The session cookie's value; empty when there is none."""
    origin = origin_of_host(settings(), connection.headers.get("host", "")) or settings().origin
    return cookie_of(connection.headers.get("cookie", ""), session_cookie_name(origin))


async def find_person(connection: HTTPConnection) -> SignedIn | None:
    secret = session_secret(connection)
    return await asyncio.to_thread(services().accounts.find_session, secret) if secret else None


async def get_person(connection: HTTPConnection) -> SignedIn:
    """Raises: SignedOut."""
    person = await find_person(connection)
    if person is None:
        raise SignedOut
    return person


def path_id(request: Request, name: str, sentence: str) -> UUID:
    """An id in the path. Raises: NotFound: it is none."""
    return uuid_of(request.path_params[name], sentence)

"""`GET /api/meetings/{meeting_id}/calendar.ics` for its owner; `GET /calendar/{secret}.ics` for whoever knows that."""

import asyncio
import hashlib
from datetime import timedelta
from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from peak_app.api.addresses import client_ip
from peak_app.api.identity import get_person, path_id
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.calendars.entries import MEDIA_TYPE
from peak_app.errors import NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.wiring import services

READS_PER_MINUTE = 20
"""Of one feed: calendar programs ask a few times an hour."""
TRIES_PER_MINUTE = 60
"""Of one network address: an office reads its feeds through one, and secrets can't be guessed anyway."""


@cache
def _read() -> AttemptLimit:
    return AttemptLimit(READS_PER_MINUTE, timedelta(minutes=1))


@cache
def _tried() -> AttemptLimit:
    return AttemptLimit(TRIES_PER_MINUTE, timedelta(minutes=1))


async def entry(request: Request) -> Response:
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.meeting_missing"))
    content = await asyncio.to_thread(services().calendars.write_entry, person.user_id, meeting_id)
    return _answer(content, "attachment")


async def read_feed(request: Request) -> Response:
    """No session is asked for, and none would help: what is told follows from the secret alone."""
    name = request.path_params["name"]
    if not name.endswith(".ics"):
        raise NotFound(t("refusal.nothing_here"))
    secret, now = name.removesuffix(".ics"), system_clock()
    # Held in memory as a hash: what is counted is nobody's secret.
    counted = hashlib.sha256(secret.encode()).hexdigest()
    if not _tried().admit(client_ip(request) or "here", now) or not _read().admit(counted, now):
        raise TooManyRequests(t("calendar.too_many"))
    return _answer(await asyncio.to_thread(services().calendars.read_feed, secret), "inline")


def _answer(content: bytes, disposition: str) -> Response:
    headers = {
        "content-disposition": f'{disposition}; filename="meetings.ics"',
        # Private: no cache keeps it.
        "cache-control": "no-store",
        "x-robots-tag": "noindex",
    }
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


ROUTES = [
    Route("/api/meetings/{meeting_id}/calendar.ics", entry, methods=["GET"]),
    Route("/calendar/{name}", read_feed, methods=["GET"]),
]

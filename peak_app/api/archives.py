"""`POST /api/account/archive`: everything of a person as one file, made while it is sent. Nothing is kept of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import cache
from uuid import UUID

from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from peak_app.api.documents import message_document
from peak_app.api.exports import disposition, zone_of
from peak_app.api.identity import get_person
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.errors import PeakError, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.wiring import services

log = logging.getLogger(__name__)

ARCHIVES_PER_HOUR = 6
"""Of one person."""
MADE_AT_ONCE = 3
"""Of all people together: each reads the whole of someone's rows and files."""
LONGEST_S = 6 * 3_600
"""A slow line may take its time, and no longer."""
STALLED_S = 60.0
"""Whoever takes nothing for so long has gone, or keeps others from their archives."""


class Places:
    """Who is being sent an archive: one at a time for a person, and not too many in all. For the event loop only."""

    def __init__(self, most: int = MADE_AT_ONCE) -> None:
        self._most = most
        self._held: set[UUID] = set()

    def take(self, user_id: UUID) -> None:
        """Raises: TooManyRequests."""
        if user_id in self._held:
            raise TooManyRequests(t("archive.busy"))
        if len(self._held) >= self._most:
            raise TooManyRequests(t("archive.full"))
        self._held.add(user_id)

    def leave(self, user_id: UUID) -> None:
        self._held.discard(user_id)


class ArchiveResponse(StreamingResponse):
    """Tells when it is over, however it ended: sent whole, broken off by the browser, or by an error."""

    def __init__(self, pieces: Iterator[bytes], on_over: Callable[[], None], **options: object) -> None:
        super().__init__(_sent(pieces), media_type="application/zip", **options)  # pyright: ignore[reportArgumentType]
        self._on_over = on_over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(STALLED_S):
                await send(message)

        try:
            async with asyncio.timeout(LONGEST_S):
                await super().__call__(scope, receive, send_in_time)
        finally:
            self._on_over()


async def _sent(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    async for piece in iterate_in_threadpool(pieces):
        if piece:
            yield piece


@cache
def _asked() -> AttemptLimit:
    return AttemptLimit(ARCHIVES_PER_HOUR, timedelta(hours=1))


@cache
def _places() -> Places:
    return Places()


def _check_limit(user_id: UUID) -> None:
    """Raises: TooManyRequests."""
    if not _asked().admit(str(user_id), system_clock()):
        raise TooManyRequests(t("archive.too_many"))


async def archive(request: Request) -> Response:
    """A form posts here, so what goes wrong is answered with a page."""
    try:
        return await _archive(request)
    except PeakError as error:
        return message_document(t("archive.refused"), error.sentence, error.status_code)


async def _archive(request: Request) -> Response:
    person = await get_person(request)
    places, user_id = _places(), person.user_id
    places.take(user_id)
    try:
        _check_limit(user_id)
        pieces = await asyncio.to_thread(services().archives.stream, user_id, zone_of(person.time_zone))
    except BaseException:
        places.leave(user_id)
        raise
    headers = {
        "content-disposition": disposition(f"PeakInterviewsAI {system_clock():%Y-%m-%d}.zip"),
        # Private words: no cache keeps them.
        "cache-control": "no-store",
    }
    log.info("an archive is sent")
    return ArchiveResponse(pieces, lambda: places.leave(user_id), headers=headers)


ROUTES = [Route("/api/account/archive", archive, methods=["POST"])]

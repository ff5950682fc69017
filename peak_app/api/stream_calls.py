"""Calls in Stream Video: the way in behind the same gate as `calls.py`, and Stream's webhooks."""

import asyncio
import logging
from datetime import timedelta
from functools import cache
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from peak_app.api.answers import error_answer
from peak_app.api.bodies import read_body, read_json
from peak_app.api.calls import Wish, ask_bridges, ask_to_end, check_wish, joining, own_meeting, refusal
from peak_app.api.gate import STREAM_WEBHOOK_PATH
from peak_app.api.identity import get_person, path_id
from peak_app.config import settings
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.meetings.status import check_joinable
from peak_app.errors import NotFound, ServiceUnavailable, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.ports.rooms import NotSigned, RoomPass
from peak_app.wiring import services

log = logging.getLogger(__name__)

_WISH_BYTES = 4 * 1024
_PASS_BYTES = 1024
_WEBHOOK_BYTES = 1024 * 1024
_PASSES_PER_MINUTE = 20
"""Of one person. A page asks every few minutes, and each time it comes back."""


@cache
def _passes() -> AttemptLimit:
    return AttemptLimit(_PASSES_PER_MINUTE, timedelta(minutes=1))


async def join(request: Request) -> Response:
    """Have the call be there at Stream, with the coach in it, and let the person in."""
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.meeting_missing"))
    _require_stream()
    wanted = await read_json(request, Wish, _WISH_BYTES)
    await check_wish(person, meeting_id, wanted)
    rooms = services().rooms
    async with joining(person, meeting_id, wanted.seat) as admitted:
        longest = min(admitted.remaining, timedelta(minutes=settings().max_call_minutes))
        await asyncio.to_thread(rooms.open_room, person.user_id, meeting_id, longest)
        answer = await ask_bridges(person.user_id, meeting_id, "join", {"ticket": admitted.ticket})
    if answer.status_code != 200:
        return refusal(answer, meeting_id)
    return _pass_answer(await asyncio.to_thread(rooms.make_pass, person.user_id, meeting_id))


async def renew(request: Request) -> Response:
    """Another pass for whoever is in a call that is not over."""
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.meeting_missing"))
    _require_stream()
    await read_body(request, _PASS_BYTES)
    if not _passes().admit(str(person.user_id), system_clock()):
        raise TooManyRequests(t("refusal.joins"))
    meeting = await own_meeting(person, meeting_id)
    check_joinable(meeting.status, was_held=meeting.started_at is not None)
    return _pass_answer(await asyncio.to_thread(services().rooms.make_pass, person.user_id, meeting_id))


async def webhook(request: Request) -> Response:
    """Stream's doorbell. 202 to whatever is rightly signed: known or not, once or again."""
    if not settings().has_stream:
        return error_answer(t("rooms.off"), 404)
    body = await read_body(request, _WEBHOOK_BYTES)
    try:
        rung = await asyncio.to_thread(services().rooms.ring, body, dict(request.headers))
    except NotSigned as error:
        return error_answer(error.sentence, error.status_code)
    if rung.ended is not None:
        await _end(*rung.ended)
    return JSONResponse({"is_new": rung.is_new}, 202, headers={"cache-control": "no-store"})


async def _end(owner_id: UUID, meeting_id: UUID) -> None:
    """Close the meeting the way its button does. Where no bridge answers, the pipeline does it a little later."""
    try:
        answer = await ask_to_end(owner_id, meeting_id)
    except ServiceUnavailable:
        log.warning("no bridge was there to end a call that is over at Stream")
        return
    if answer.status_code != 200:
        log.warning("a bridge refused to end a call that is over at Stream: %s", answer.status_code)


def _require_stream() -> None:
    if not settings().has_stream:
        raise NotFound(t("rooms.off"))


def _pass_answer(given: RoomPass) -> Response:
    known = settings()
    return JSONResponse(
        {
            "api_key": given.api_key,
            "token": given.token,
            "user_id": given.user_id,
            "coach_id": given.coach_id,
            "call_id": given.call_id,
            "expires_at": given.expires_at.isoformat(),
            "url": known.stream_url,
            "ws_url": known.stream_ws_url,
        },
        headers={"cache-control": "no-store"},
    )


ROUTES = [
    Route("/api/calls/{meeting_id}/stream", join, methods=["POST"]),
    Route("/api/calls/{meeting_id}/stream/pass", renew, methods=["POST"]),
    Route(STREAM_WEBHOOK_PATH, webhook, methods=["POST"]),
]

"""Signalling of a call: checks who wants to join which meeting, and hands the offer to a bridge with a ticket."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID
from weakref import WeakValueDictionary

import httpx
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from peak_app.api import metrics
from peak_app.api.answers import error_answer
from peak_app.api.bodies import read_body, read_json
from peak_app.api.identity import get_person, path_id
from peak_app.api.loopback import loopback
from peak_app.config import settings
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.identity import SignedIn
from peak_app.domain.meetings.ice import ice_servers, turn_name
from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import check_joinable
from peak_app.domain.meetings.ticket import SEAT_LIMIT, TICKET_LIFE, TICKET_PURPOSE, Ticket, sign_ticket
from peak_app.errors import NotFound, ServiceUnavailable, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.wiring import services

log = logging.getLogger(__name__)

SDP_LIMIT = 64 * 1024
"""Longest description of a connection, in characters."""
_OFFER_BYTES = 2 * SDP_LIMIT
_END_BYTES = 1024
_ANSWER_WITHIN_S = 20.0
_OFFERS_PER_MINUTE = 40
"""Of one person: whoever waits in line asks every 3 s."""
# What the bridge may say, and what the page is told then when the bridge gives no sentence.
_REFUSALS = {
    403: "refusal.ticket",
    409: "refusal.meeting_over",
    422: "refusal.offer",
    503: "refusal.call_cannot_start",
}


class Wish(BaseModel):
    """To join a call, by whatever way."""

    seat: str = Field(min_length=1, max_length=SEAT_LIMIT, pattern=r"^[A-Za-z0-9_-]+$")
    record: bool = True
    """Whether sound and picture may be kept; of a call that has begun already, its own choice holds."""


class Offer(Wish):
    sdp: str = Field(min_length=1, max_length=SDP_LIMIT)


class _BridgeAnswer(BaseModel):
    sdp: str


class _BridgeRefusal(BaseModel):
    error: str = ""
    place: int | None = Field(default=None, ge=1)
    is_elsewhere: bool = False


@cache
def _offers() -> AttemptLimit:
    return AttemptLimit(_OFFERS_PER_MINUTE, timedelta(minutes=1))


@cache
def _turns() -> WeakValueDictionary[UUID, asyncio.Lock]:
    """A lock for each person who is joining right now."""
    return WeakValueDictionary()


async def own_meeting(person: SignedIn, meeting_id: UUID) -> MeetingView:
    """The meeting, if it is this person's own: a coach who may look at it has no seat in the call.

    Raises:
        NotFound: also for a meeting of someone else.
    """
    meeting = await asyncio.to_thread(services().meetings.get_meeting, person.user_id, meeting_id)
    if meeting.owner_id != person.user_id:
        raise NotFound(t("refusal.meeting_missing"))
    return meeting


async def offer(request: Request) -> Response:
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.meeting_missing"))
    wanted = await read_json(request, Offer, _OFFER_BYTES)
    await check_wish(person, meeting_id, wanted)
    async with joining(person, meeting_id, wanted.seat) as admitted:
        answer = await ask_bridges(person.user_id, meeting_id, "offer", {"ticket": admitted.ticket, "sdp": wanted.sdp})
    if answer.status_code != 200:
        return refusal(answer, meeting_id)
    try:
        given = _BridgeAnswer.model_validate_json(answer.content)
    except ValueError:
        log.error("the bridge answered an offer with something else")  # noqa: TRY400  the answer is not for the log
        raise ServiceUnavailable(t("refusal.bridge_away")) from None
    return JSONResponse({"sdp": given.sdp}, headers={"cache-control": "no-store"})


async def check_wish(person: SignedIn, meeting_id: UUID, wanted: Wish) -> None:
    """Whether this person may join that meeting; keeps what they chose about recording.

    Raises:
        TooManyRequests, NotFound
        Conflict: it is over or cancelled.
    """
    if not _offers().admit(str(person.user_id), system_clock()):
        raise TooManyRequests(t("refusal.joins"))
    meeting = await own_meeting(person, meeting_id)
    check_joinable(meeting.status, was_held=meeting.started_at is not None)
    await asyncio.to_thread(services().meetings.choose_recording, person.user_id, meeting_id, wanted.record)


@dataclass(frozen=True, slots=True)
class Admitted:
    """`remaining`: what the plan has left. The bridge knows how long a call may be, and which of both has ended it."""

    ticket: str
    remaining: timedelta


@asynccontextmanager
async def joining(person: SignedIn, meeting_id: UUID, seat: str) -> AsyncIterator[Admitted]:
    """One after the other for each person: what the bridge opens for the first call counts for the second.

    Raises:
        Conflict: they are in as many calls as they may be.
        MinutesExhausted
    """
    async with _turns().setdefault(person.user_id, asyncio.Lock()):
        await asyncio.to_thread(services().meetings.require_free_line, person.user_id, meeting_id)
        allowance = await asyncio.to_thread(services().billing.require_minutes, person.user_id)
        yield Admitted(_ticket(person.user_id, meeting_id, seat, allowance.remaining), allowance.remaining)


async def end(request: Request) -> Response:
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.meeting_missing"))
    await read_body(request, _END_BYTES)
    await own_meeting(person, meeting_id)
    answer = await ask_to_end(person.user_id, meeting_id)
    if answer.status_code != 200:
        return refusal(answer, meeting_id)
    return JSONResponse({}, headers={"cache-control": "no-store"})


async def ask_to_end(owner_id: UUID, meeting_id: UUID) -> httpx.Response:
    """Have the bridge that holds a call end it. Raises: ServiceUnavailable."""
    ticket = _ticket(owner_id, meeting_id, "end", timedelta())
    return await ask_bridges(owner_id, meeting_id, "end", {"ticket": ticket})


async def ice(request: Request) -> Response:
    """The ways through the network that the page may take, for the owner of the meeting."""
    person = await get_person(request)
    await own_meeting(person, path_id(request, "meeting_id", t("refusal.meeting_missing")))
    known = settings()
    servers = ice_servers(known, who=turn_name(known, str(person.user_id)), at=system_clock())
    return JSONResponse(
        {
            "ice_servers": [server.to_json() for server in servers],
            "ice_transport_policy": known.ice_transport_policy,
        },
        headers={"cache-control": "no-store"},
    )


def _ticket(owner_id: UUID, meeting_id: UUID, seat_id: str, longest: timedelta) -> str:
    ticket = Ticket(
        meeting_id=meeting_id,
        owner_id=owner_id,
        seat_id=seat_id,
        expires_at=system_clock() + TICKET_LIFE,
        remaining_seconds=int(longest.total_seconds()),
    )
    return sign_ticket(ticket, settings().derive(TICKET_PURPOSE))


async def ask_bridges(owner_id: UUID, meeting_id: UUID, what: str, body: dict[str, str]) -> httpx.Response:
    """The answer of the first bridge that has one, in the order of `BridgeService.list_urls`.

    Only addresses that bridges have registered are asked, and the one of the settings when none of them answers.

    Raises:
        ServiceUnavailable: nobody answers in time.
    """
    urls = await asyncio.to_thread(services().bridges.list_urls, owner_id, meeting_id)
    refusal: httpx.Response | None = None
    for url in [*urls, *({settings().bridge_url} - set(urls))]:
        try:
            answer = await loopback.client.post(
                f"{url}/calls/{meeting_id}/{what}", json=body, timeout=httpx.Timeout(_ANSWER_WITHIN_S, connect=2)
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            # It was alive a moment ago: another one takes its calls over.
            log.warning("a bridge can't be reached: %s", type(error).__name__)
        except httpx.HTTPError as error:
            log.warning("a bridge doesn't answer: %s", type(error).__name__)
            raise ServiceUnavailable(t("refusal.bridge_away")) from error
        else:
            if not _told(answer).is_elsewhere:
                return answer
            refusal = answer
    if refusal is None:
        raise ServiceUnavailable(t("refusal.bridge_away"))
    return refusal


def refusal(answer: httpx.Response, meeting_id: UUID) -> Response:
    """What the bridge refused, in its own words; its inner failures are no business of the page."""
    if answer.status_code not in _REFUSALS:
        log.error("the bridge answered with status %s", answer.status_code)
        return error_answer(t(_REFUSALS[503]), 503)
    told = _told(answer)
    sentence = told.error or t(_REFUSALS[answer.status_code])
    if answer.status_code == 503 and told.place is not None:
        metrics.note_waiting(meeting_id)
        return error_answer(sentence, 503, place=told.place)
    return error_answer(sentence, answer.status_code)


def _told(answer: httpx.Response) -> _BridgeRefusal:
    """What a bridge said beside no; nothing when it is not in the form bridges use."""
    if answer.status_code == 200:
        return _BridgeRefusal()
    try:
        return _BridgeRefusal.model_validate_json(answer.content)
    except ValueError:
        return _BridgeRefusal()


ROUTES = [
    Route("/api/calls/{meeting_id}/ice", ice, methods=["GET"]),
    Route("/api/calls/{meeting_id}/offer", offer, methods=["POST"]),
    Route("/api/calls/{meeting_id}/end", end, methods=["POST"]),
]

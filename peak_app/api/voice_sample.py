"""`GET /api/calls/{meeting_id}/voice`: a sentence of the coach, to hear before the call who is going to speak."""

import asyncio
from collections import OrderedDict
from datetime import timedelta
from functools import cache
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from peak_app.api.calls import own_meeting
from peak_app.api.identity import get_person, path_id
from peak_app.config import settings
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.meetings.repository import MISSING
from peak_app.errors import TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.ports.outflows import on_behalf_of
from peak_app.ports.speech import Synthesiser
from peak_app.wiring import services

SAMPLES_PER_MINUTE = 12
KEPT_SAMPLES = 64
"""Samples held in memory, of some 200 kB each; the one unheard for longest goes first."""


class VoiceSamples:
    """Each agent's sentence is spoken once, also when several people ask for it at the same time."""

    def __init__(self, synthesiser: Synthesiser, voice: str, capacity: int = KEPT_SAMPLES) -> None:
        self._synthesiser = synthesiser
        self._voice = voice
        self._capacity = capacity
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def fetch_sample(self, agent_name: str) -> bytes:
        """A WAV file. Raises: VoiceUnavailable."""
        key = (agent_name, self._voice)
        async with self._turns.setdefault(key, asyncio.Lock()):
            if key not in self._kept:
                sentence = t("voice_sample.sentence", agent=agent_name)
                self._kept[key] = await asyncio.to_thread(self._synthesiser.speak, sentence)
            self._kept.move_to_end(key)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
            return self._kept[key]


@cache
def _samples() -> VoiceSamples:
    return VoiceSamples(services().synthesiser, settings().realtime_voice)


@cache
def _asked() -> AttemptLimit:
    return AttemptLimit(SAMPLES_PER_MINUTE, timedelta(minutes=1))


async def voice(request: Request) -> Response:
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", MISSING)
    if not _asked().admit(str(person.user_id), system_clock()):
        raise TooManyRequests("The voice was asked for too often. Please wait a minute.")
    meeting = await own_meeting(person, meeting_id)
    with on_behalf_of(person.user_id, meeting_id):
        sample = await _samples().fetch_sample(meeting.agent_name)
    return Response(sample, media_type="audio/wav", headers={"cache-control": "no-store"})


ROUTES = [Route("/api/calls/{meeting_id}/voice", voice, methods=["GET"])]

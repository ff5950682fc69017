"""A sentence of the coach, to hear who is going to speak: `GET /api/calls/{meeting_id}/voice` before a call, and
`GET /api/voices/{voice}` for the form of an agent."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
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
from peak_app.domain.accounts.identity import SignedIn
from peak_app.errors import NotFound, TooManyRequests
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

    def __init__(self, synthesiser: Synthesiser, voices: Sequence[str], capacity: int = KEPT_SAMPLES) -> None:
        """`voices`: those of the service, the usual one first."""
        self._synthesiser = synthesiser
        self._voices = tuple(voices)
        self._capacity = capacity
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def fetch_sample(self, agent_name: str, voice: str = "") -> bytes:
        """A WAV file, in the usual voice unless the service has this one. Raises: VoiceUnavailable."""
        return await self._fetch(t("voice_sample.sentence", agent=agent_name), voice)

    async def fetch_voice(self, voice: str) -> bytes:
        """A WAV file of this voice, without an agent's name. Raises: NotFound, VoiceUnavailable."""
        if voice not in self._voices:
            raise NotFound(t("refusal.voice_missing"))
        return await self._fetch(t("voice_sample.nameless"), voice)

    async def _fetch(self, sentence: str, voice: str) -> bytes:
        key = (sentence, voice if voice in self._voices else self._voices[0])
        async with self._turns.setdefault(key, asyncio.Lock()):
            if key not in self._kept:
                self._kept[key] = await asyncio.to_thread(self._synthesiser.speak, *key)
            self._kept.move_to_end(key)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
            return self._kept[key]


@cache
def _samples() -> VoiceSamples:
    return VoiceSamples(services().synthesiser, settings().voices)


@cache
def _asked() -> AttemptLimit:
    return AttemptLimit(SAMPLES_PER_MINUTE, timedelta(minutes=1))


async def voice(request: Request) -> Response:
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.meeting_missing"))
    _require_patience(person)
    meeting = await own_meeting(person, meeting_id)
    conduct = await asyncio.to_thread(services().meetings.get_conduct, person.user_id, meeting_id)
    with on_behalf_of(person.user_id, meeting_id):
        return _sound(await _samples().fetch_sample(meeting.agent_name, conduct.voice))


async def sample(request: Request) -> Response:
    person = await get_person(request)
    _require_patience(person)
    return _sound(await _samples().fetch_voice(request.path_params["voice"]))


def _require_patience(person: SignedIn) -> None:
    if not _asked().admit(str(person.user_id), system_clock()):
        raise TooManyRequests(t("refusal.voice_samples"))


def _sound(wav: bytes) -> Response:
    return Response(wav, media_type="audio/wav", headers={"cache-control": "no-store"})


ROUTES = [
    Route("/api/calls/{meeting_id}/voice", voice, methods=["GET"]),
    Route("/api/voices/{voice}", sample, methods=["GET"]),
]

"""The objects of Stream's Python SDK that the adapter uses, as plain recorders. Nothing of how Stream works is here.

`tests/stream/sdk_signatures.py` holds these signatures against the real ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from types import SimpleNamespace
from typing import Any

import numpy as np

from peak_app.adapters.stream.sdk import RtcSdk


class CallingState(Enum):
    JOINED = "joined"
    RECONNECTING = "reconnecting"
    RECONNECTING_FAILED = "reconnecting failed"
    LEFT = "left"


class AudioFormat(Enum):
    S16 = "s16"


class _Emitter:
    def __init__(self) -> None:
        self._handlers: dict[str, Callable[..., None]] = {}

    def on(self, event: str, handler: Callable[..., None]) -> None:
        self._handlers[event] = handler

    def emit(self, event: str, *arguments: object) -> None:
        self._handlers[event](*arguments)


class ParticipantsState(_Emitter):
    def __init__(self) -> None:
        super().__init__()
        self.people: list[SimpleNamespace] = []

    def get_participants(self) -> list[SimpleNamespace]:
        return list(self.people)


class ConnectionManager(_Emitter):
    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self.participants_state = ParticipantsState()
        self.tracks: list[AudioStreamTrack] = []
        self.has_left = False
        self._error = error

    async def connect(self) -> None:
        if self._error is not None:
            raise self._error

    async def add_tracks(self, audio: Any = None, video: Any = None) -> None:
        self.tracks.append(audio)

    async def leave(self) -> None:
        self.has_left = True


class PcmData:
    def __init__(  # noqa: PLR0917 - as the SDK has it
        self,
        sample_rate: int,
        format: Any,  # noqa: A002
        samples: Any = None,
        pts: int | None = None,
        dts: int | None = None,
        time_base: float | None = None,
        channels: int = 1,
        participant: Any = None,
    ) -> None:
        del dts, time_base
        self.sample_rate, self.format, self.samples = sample_rate, format, samples
        self.pts, self.channels, self.participant = pts, channels, participant


class AudioStreamTrack:
    def __init__(
        self,
        sample_rate: int = 48_000,
        channels: int = 1,
        format: Any = AudioFormat.S16,  # noqa: A002
        audio_buffer_size_ms: int = 30_000,
        pace: bool = False,
    ) -> None:
        del channels, format, audio_buffer_size_ms, pace
        self.sample_rate = sample_rate
        self.written: list[PcmData] = []

    async def write(self, pcm: PcmData, final: bool = False) -> None:
        self.written.append(pcm)


class StreamResampler:
    """Takes every second sample: from 48 kHz to 24 kHz and no other way."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        assert (sample_rate, channels) == (24_000, 1)

    def push(self, samples: Any, sample_rate: int, channels: int) -> SimpleNamespace:
        assert (sample_rate, channels) == (48_000, 1)
        return SimpleNamespace(samples=np.asarray(samples)[::2])


class Call:
    def __init__(self, call_type: str, call_id: str) -> None:
        self.call_type, self.id = call_type, call_id
        self.events: list[tuple[str | None, object]] = []
        self.error: Exception | None = None

    async def send_call_event(self, user_id: str | None = None, custom: Any = None, user: Any = None) -> None:
        if self.error is not None:
            raise self.error
        self.events.append((user_id, custom))


@dataclass
class FakeStream:
    """One SDK, with what was done to it. `error` is raised by whoever connects."""

    error: Exception | None = None
    clients: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    joins: list[tuple[str, bool]] = field(default_factory=list)
    connections: list[ConnectionManager] = field(default_factory=list)
    closed: int = 0

    @property
    def sdk(self) -> RtcSdk:
        return RtcSdk(self._client, self._join, AudioStreamTrack, PcmData, AudioFormat, StreamResampler, CallingState)

    def _client(self, api_key: str, api_secret: str, **options: Any) -> SimpleNamespace:
        self.clients.append({"api_key": api_key, "api_secret": api_secret, **options})
        return SimpleNamespace(video=SimpleNamespace(call=self._call), aclose=self._close)

    def _call(self, call_type: str, call_id: str) -> Call:
        self.calls.append(Call(call_type, call_id))
        return self.calls[-1]

    async def _close(self) -> None:
        self.closed += 1

    async def _join(self, call: Call, user_id: str, create: bool = True) -> ConnectionManager:
        self.joins.append((user_id, create))
        self.connections.append(ConnectionManager(self.error))
        return self.connections[-1]

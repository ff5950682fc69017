"""A caller's microphone: sound encoded beforehand, sent on an absolute 20 ms clock."""

import asyncio
import fractions
import random
import time
from collections import deque

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from bench.bridge.sounds import sayings
from bridge.media.opus import FRAME_MS

_TIME_BASE = fractions.Fraction(1, 48_000)
_FRAME_S = FRAME_MS / 1000


class Microphone(MediaStreamTrack):
    """`frames` is how many were sent, `lateness_ms` how late each of them left."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.frames = 0
        self.lateness_ms: list[float] = []
        self.burst_at: list[float] = []
        """When the first packet of each burst left, monotonic seconds."""
        self._sayings = sayings()
        self._left: deque[bytes] = deque()
        self._begins_burst = False
        # All callers of a benchmark begin together; their packets must not arrive in step.
        self._begun = time.monotonic() + random.random() * _FRAME_S

    def burst(self) -> None:
        self._left.extend(self._sayings.burst)
        self._begins_burst = True

    def speak(self) -> None:
        self._left.extend(self._sayings.voice)

    async def recv(self) -> av.Packet:
        if self.readyState != "live":
            raise MediaStreamError
        due = self._begun + self.frames * _FRAME_S
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        quiet = self._sayings.quiet
        packet = av.Packet(self._left.popleft() if self._left else quiet[self.frames % len(quiet)])
        packet.pts, packet.time_base = self.frames * 960, _TIME_BASE
        self.frames += 1
        now = time.monotonic()
        self.lateness_ms.append((now - due) * 1000)
        if self._begins_burst:
            self._begins_burst = False
            self.burst_at.append(now)
        return packet

"""The agent's voice towards one page: encoded packets on an absolute 20 ms clock.

Silence goes on between answers (a browser that receives nothing stretches and conceals what comes next), but the first
slice of an answer does not wait for the clock.
"""

import asyncio
import fractions
import time

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from bridge.media.opus import FRAME_MS, SILENT_FRAME, Encoder, new_encoder
from bridge.media.playout import Playout, PlayoutCallbacks

_TIME_BASE = fractions.Fraction(1, 48_000)
_TICKS = 960
"""One frame on the RTP clock."""
_FRAME_S = FRAME_MS / 1000
_TAIL_FRAMES = 5
"""Real silence behind an answer, to flush the codec's overlap, before the cheap repeated packet."""
_FARTHEST_BEHIND_S = 0.4
"""After a longer stall the clock jumps instead of sending a burst."""


class EncodedPacket:
    """What aiortc's sender reads of an `av.Packet`, which would cost more to make than to send."""

    __slots__ = ("_data", "pts")
    time_base = _TIME_BASE

    def __init__(self, data: bytes, pts: int) -> None:
        self._data = data
        self.pts = pts

    def __bytes__(self) -> bytes:
        return self._data


class Downlink(MediaStreamTrack):
    """One page's incoming track of what `playout` hands out."""

    kind = "audio"

    def __init__(self, callbacks: PlayoutCallbacks) -> None:
        super().__init__()
        self.playout = Playout(callbacks, self._wake, lambda: time.monotonic() * 1000)
        self._encoder: Encoder = new_encoder()
        self._is_lossy = False
        self._silence = self._encoder.encode(SILENT_FRAME)
        self._waiter: asyncio.Future[None] | None = None
        """Of a wait that sound ends early."""
        self._pts = 0
        self._due = 0.0
        self._tail = 0

    def set_loss(self, fraction: float) -> None:
        """How much the page misses, 0 to 1: decides between least delay and robustness."""
        is_lossy = fraction > (0.005 if self._is_lossy else 0.02)
        if is_lossy != self._is_lossy:
            self._is_lossy = is_lossy
            self._encoder = new_encoder(is_lossy=is_lossy)
            self._silence = self._encoder.encode(SILENT_FRAME)

    # what aiortc asks for

    async def recv(self) -> EncodedPacket:  # pyright: ignore[reportIncompatibleMethodOverride]
        if self.readyState != "live":
            raise MediaStreamError
        await self._wait_for_turn()
        packet = EncodedPacket(self._next_packet(time.monotonic() * 1000), self._pts)
        self._pts += _TICKS
        self._due += _FRAME_S
        return packet

    async def _wait_for_turn(self) -> None:
        now = time.monotonic()
        if not self._due:
            self._due = now
        delay = self._due - now
        if delay < -_FARTHEST_BEHIND_S:
            skipped = int(-delay / _FRAME_S)
            self._pts += skipped * _TICKS
            self._due += skipped * _FRAME_S
        elif delay > 0:
            if self.playout.has_sound or self._tail:
                await asyncio.sleep(delay)
            else:
                await self._sleep_until_sound(delay)

    async def _sleep_until_sound(self, longest_s: float) -> None:
        # By hand: asyncio.timeout around an event costs several times as much, fifty times a second in every call.
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_later(longest_s, self._wake)
        try:
            await self._waiter
        finally:
            self._waiter = None
            timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _next_packet(self, now_ms: float) -> bytes:
        if self.playout.has_sound:
            self._tail = _TAIL_FRAMES
            return self._encoder.encode(self.playout.take(now_ms))
        if self._tail:
            self._tail -= 1
            return self._encoder.encode(SILENT_FRAME)
        return self._silence

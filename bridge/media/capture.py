"""The person's sound out of one receiver, whichever way the installed aiortc allows."""

import asyncio
import logging
import time
from collections.abc import Callable

from aiortc import MediaStreamTrack, RTCRtpReceiver
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from bridge.media.opus import new_decoder
from bridge.media.shims import tap_packets
from bridge.media.uplink import Heard, Uplink
from bridge.rate import Rate
from peak_app.ports.voice import VOICE_RATE_HZ

log = logging.getLogger(__name__)

HeardSink = Callable[[Heard], None]

_BYTES_PER_MS = VOICE_RATE_HZ * 2 // 1000


def sound_rate() -> Rate:
    """Milliseconds of sound a page may send: as much as time passes, a little more for drift, and what a stall held up.

    A page sets its own timestamps: without a limit a few packets could claim hours, and fill the disk.
    """
    return Rate(per_s=1_100, burst=10_000)


class Capture:
    """Gives sound in order to the sink until `close`. `poll` is to be called a few times a second."""

    def __init__(self, receiver: RTCRtpReceiver, sink: HeardSink) -> None:
        self._sink = sink
        self._uplink = Uplink(new_decoder())
        self._timer: asyncio.TimerHandle | None = None
        self._reader: asyncio.Task[None] | None = None
        self._is_closed = False
        self._rate = sound_rate()
        self._has_told_excess = False
        self.last_packet_ms: float | None = None
        """When the page was last heard, local ms; None before its first packet."""
        self.is_direct = tap_packets(receiver, self._receive)
        if not self.is_direct:
            self._reader = asyncio.create_task(self._read(receiver.track))

    @property
    def lost(self) -> int:
        return self._uplink.lost

    def poll(self) -> None:
        """Keep silence coming while the page sends nothing."""
        if not self._is_closed and self.is_direct:
            self._pass_on(self._uplink.fill(_now_ms()))

    def close(self) -> None:
        self._is_closed = True
        if self._timer:
            self._timer.cancel()
        if self._reader:
            self._reader.cancel()

    def _receive(self, sequence: int, stamp: int, payload: bytes) -> None:
        if self._is_closed:
            return
        now = _now_ms()
        self.last_packet_ms = now
        self._pass_on(self._uplink.receive(sequence, stamp, payload, now))
        self._arm()

    def _arm(self) -> None:
        deadline = self._uplink.deadline_ms
        if deadline is not None and self._timer is None:
            delay = max(0.0, deadline - _now_ms()) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay, self._expire)

    def _expire(self) -> None:
        self._timer = None
        if not self._is_closed:
            # A timer may fire a hair early on the loop's coarser clock.
            self._pass_on(self._uplink.expire(_now_ms() + 1))
            self._arm()

    def _pass_on(self, heard: list[Heard]) -> None:
        for sound in heard:
            self._give(sound)

    def _give(self, sound: Heard) -> None:
        if self._rate.admit(len(sound.data) / _BYTES_PER_MS, time.monotonic()):
            self._sink(sound)
        elif not self._has_told_excess:
            self._has_told_excess = True
            log.warning("page sends sound faster than time, dropped")

    async def _read(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=VOICE_RATE_HZ)
        try:
            while True:
                frame = await track.recv()
                if not isinstance(frame, AudioFrame):
                    continue
                now = self.last_packet_ms = _now_ms()
                for piece in resampler.resample(frame):
                    data = bytes(piece.planes[0])[: piece.samples * 2]
                    self._give(Heard(data, now - piece.samples / VOICE_RATE_HZ * 1000))
        except MediaStreamError:
            log.debug("track ended")


def _now_ms() -> float:
    return time.monotonic() * 1000

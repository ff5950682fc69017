"""The agent's voice towards one page: encoded packets on an absolute 20 ms clock.

Silence goes on between answers (a browser that receives nothing stretches and conceals what comes next), but the first
slice of an answer does not wait for the clock. `pause` keeps what is not played yet; `cut` tells exactly how much was
handed to RTP.
"""

import asyncio
import fractions
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from bridge.media.opus import FRAME_BYTES, FRAME_MS, SILENT_FRAME, Encoder, new_encoder

_TIME_BASE = fractions.Fraction(1, 48_000)
_TICKS = 960
"""One frame on the RTP clock."""
_FRAME_S = FRAME_MS / 1000
_TAIL_FRAMES = 5
"""Real silence behind an answer, to flush the codec's overlap, before the cheap repeated packet."""
_FARTHEST_BEHIND_S = 0.4
"""After a longer stall the clock jumps instead of sending a burst."""
_PROGRESS_FRAMES = 10
"""Frames between two words about how far an item is played."""
_REWOUND_FRAMES = 5
"""Frames played again after a pause: they were on their way to the ear when the page fell silent."""
MOST_FRAMES = 5 * 60 * 50
"""Five minutes of an answer that is not played yet; a model that sends more is out of order."""


@dataclass(frozen=True, slots=True)
class Played:
    """How much of an item was handed to RTP when it was cut."""

    item_id: str
    heard_ms: int


@dataclass(slots=True)
class _Item:
    item_id: str
    frames: deque[bytes]
    part: bytearray
    heard_ms: int = 0
    is_complete: bool = False
    is_begun: bool = False
    played: deque[bytes] = field(default_factory=lambda: deque(maxlen=_REWOUND_FRAMES))
    """The last frames that were handed out."""


class Downlink(MediaStreamTrack):
    """One page's incoming track. Callbacks run on the loop, on the way of a frame, and must be quick."""

    kind = "audio"

    def __init__(
        self,
        *,
        on_started: Callable[[str, float], None],
        on_progress: Callable[[str, int, float], None],
        on_finished: Callable[[str, float], None],
        on_sound: Callable[[bytes, float], None],
    ) -> None:
        """All get the local ms; `on_sound` each frame of voice, the others the item, `on_progress` the ms sent."""
        super().__init__()
        self._on_started, self._on_progress = on_started, on_progress
        self._on_finished, self._on_sound = on_finished, on_sound
        self._encoder: Encoder = new_encoder()
        self._is_lossy = False
        self._silence = self._encoder.encode(SILENT_FRAME)
        self._items: deque[_Item] = deque()
        self._waiter: asyncio.Future[None] | None = None
        """Of a wait that sound ends early."""
        self._pts = 0
        self._due = 0.0
        self._tail = 0
        self._queued = 0
        self._is_paused = False

    # what is played

    def play(self, item_id: str, pcm: bytes) -> bool:
        """Queue sound of an item; False when too much is queued already and it was dropped."""
        if self._queued > MOST_FRAMES:
            return False
        item = self._item(item_id)
        part = item.part
        part += pcm
        whole = len(part) // FRAME_BYTES * FRAME_BYTES
        for at in range(0, whole, FRAME_BYTES):
            item.frames.append(bytes(part[at : at + FRAME_BYTES]))
        self._queued += whole // FRAME_BYTES
        del part[:whole]
        if whole:
            self._wake()
        return True

    def finish(self, item_id: str) -> None:
        """No more sound of this item comes."""
        item = next((entry for entry in self._items if entry.item_id == item_id), None)
        if item is None or item.is_complete:
            return
        item.is_complete = True
        if item.part:
            item.frames.append(bytes(item.part).ljust(FRAME_BYTES, b"\0"))
            item.part.clear()
            self._queued += 1
            self._wake()
        self._retire(time.monotonic() * 1000)

    def pause(self) -> None:
        """Send silence from the next frame on, and keep what is queued and still comes."""
        self._is_paused = True

    def resume(self) -> None:
        """Go on where it was paused, or a little before."""
        if not self._is_paused:
            return
        self._is_paused = False
        if self._items and (item := self._items[0]).played:
            again = len(item.played)
            item.frames.extendleft(reversed(item.played))
            item.played.clear()
            item.heard_ms -= again * FRAME_MS
            self._queued += again
        self._wake()

    def cut(self) -> list[Played]:
        """Forget everything that is not handed to RTP yet; gives what each unfinished item had of it. Ends a pause."""
        self._is_paused = False
        cut = [Played(item.item_id, item.heard_ms) for item in self._items]
        self._items.clear()
        self._queued = 0
        return cut

    @property
    def is_playing(self) -> bool:
        return bool(self._items)

    def set_loss(self, fraction: float) -> None:
        """How much the page misses, 0 to 1: decides between least delay and robustness."""
        is_lossy = fraction > (0.005 if self._is_lossy else 0.02)
        if is_lossy != self._is_lossy:
            self._is_lossy = is_lossy
            self._encoder = new_encoder(is_lossy=is_lossy)
            self._silence = self._encoder.encode(SILENT_FRAME)

    def _item(self, item_id: str) -> _Item:
        if self._items and self._items[-1].item_id == item_id:
            return self._items[-1]
        if self._items:
            self.finish(self._items[-1].item_id)
        item = _Item(item_id, deque(), bytearray())
        self._items.append(item)
        return item

    def _retire(self, now_ms: float) -> None:
        # While paused, what was played last may have to be played again.
        while self._items and self._items[0].is_complete and not self._items[0].frames and not self._is_paused:
            item = self._items.popleft()
            self._on_finished(item.item_id, now_ms)

    # what aiortc asks for

    async def recv(self) -> av.Packet:
        if self.readyState != "live":
            raise MediaStreamError
        await self._wait_for_turn()
        packet = av.Packet(self._next_packet(time.monotonic() * 1000))
        packet.pts = self._pts
        packet.time_base = _TIME_BASE
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
            if self._has_sound or self._tail:
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

    @property
    def _has_sound(self) -> bool:
        return bool(self._items and self._items[0].frames) and not self._is_paused

    def _next_packet(self, now_ms: float) -> bytes:
        if self._has_sound:
            item = self._items[0]
            frame = item.frames.popleft()
            self._queued -= 1
            if not item.is_begun:
                item.is_begun = True
                self._on_started(item.item_id, now_ms)
            item.heard_ms += FRAME_MS
            item.played.append(frame)
            if item.heard_ms % (_PROGRESS_FRAMES * FRAME_MS) == 0:
                self._on_progress(item.item_id, item.heard_ms, now_ms)
            self._tail = _TAIL_FRAMES
            self._on_sound(frame, now_ms)
            packet = self._encoder.encode(frame)
            self._retire(now_ms + FRAME_MS)
            return packet
        if self._tail:
            self._tail -= 1
            return self._encoder.encode(SILENT_FRAME)
        return self._silence

"""What of the agent's voice is played, item by item in frames of 20 ms, and how far each item got.

Whoever sends the sound takes a frame whenever one is due; nothing here waits or sends. `pause` keeps what is not played
yet; `cut` tells exactly how much was handed out.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.media.opus import FRAME_BYTES, FRAME_MS

_PROGRESS_FRAMES = 10
"""Frames between two words about how far an item is played."""
_REWOUND_FRAMES = 5
"""Frames played again after a pause: they were on their way to the ear when the page fell silent."""
MOST_FRAMES = 5 * 60 * 50
"""Five minutes of an answer that is not played yet; a model that sends more is out of order."""


@dataclass(frozen=True, slots=True)
class Played:
    """How much of an item was handed out when it was cut."""

    item_id: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class PlayoutCallbacks:
    """All get the local ms; `on_sound` each frame of voice, the others the item, `on_progress` the ms handed out.

    They run on the way of a frame, and must be quick.
    """

    on_started: Callable[[str, float], None]
    on_progress: Callable[[str, int, float], None]
    on_finished: Callable[[str, float], None]
    on_sound: Callable[[bytes, float], None]


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


class Playout:
    """`on_wake` is called when there is sound again; `now_ms` gives the local monotonic clock."""

    def __init__(self, callbacks: PlayoutCallbacks, on_wake: Callable[[], None], now_ms: Callable[[], float]) -> None:
        self._callbacks = callbacks
        self._on_wake = on_wake
        self._now_ms = now_ms
        self._items: deque[_Item] = deque()
        self._queued = 0
        self._is_paused = False

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
            self._on_wake()
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
            self._on_wake()
        self._retire(self._now_ms())

    def pause(self) -> None:
        """Hand nothing out from the next frame on, and keep what is queued and still comes."""
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
        self._on_wake()

    def cut(self) -> list[Played]:
        """Forget everything that is not handed out yet; gives what each unfinished item had of it. Ends a pause."""
        self._is_paused = False
        cut = [Played(item.item_id, item.heard_ms) for item in self._items]
        self._items.clear()
        self._queued = 0
        return cut

    @property
    def is_playing(self) -> bool:
        return bool(self._items)

    @property
    def has_sound(self) -> bool:
        """Whether there is a frame to hand out now."""
        return bool(self._items and self._items[0].frames) and not self._is_paused

    def take(self, now_ms: float) -> bytes:
        """The next frame, which goes out now. Only while there is sound."""
        item = self._items[0]
        frame = item.frames.popleft()
        self._queued -= 1
        if not item.is_begun:
            item.is_begun = True
            self._callbacks.on_started(item.item_id, now_ms)
        item.heard_ms += FRAME_MS
        item.played.append(frame)
        if item.heard_ms % (_PROGRESS_FRAMES * FRAME_MS) == 0:
            self._callbacks.on_progress(item.item_id, item.heard_ms, now_ms)
        self._callbacks.on_sound(frame, now_ms)
        self._retire(now_ms + FRAME_MS)
        return frame

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
            self._callbacks.on_finished(item.item_id, now_ms)

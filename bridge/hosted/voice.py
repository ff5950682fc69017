"""The agent's voice into a call that is held elsewhere: a frame every 20 ms, as long as there is any.

The service's engine sends what it is given at its own pace. It is given two frames ahead, so that a late wake-up of
this process is not heard; what counts as played is ahead of the ear by those 40 ms.
"""

import asyncio
import time

from bridge.media.opus import FRAME_MS
from bridge.media.playout import Playout, PlayoutCallbacks
from peak_app.ports.live_rooms import LiveRoom

_FRAME_S = FRAME_MS / 1000
_AHEAD_S = 2 * _FRAME_S
_FARTHEST_BEHIND_S = 0.4
"""After a longer stall the clock jumps instead of sending a burst."""


class HostedVoice:
    """`run` is its task."""

    def __init__(self, room: LiveRoom, callbacks: PlayoutCallbacks) -> None:
        self._room = room
        self._has_sound = asyncio.Event()
        self.playout = Playout(callbacks, self._has_sound.set, lambda: time.monotonic() * 1000)

    async def run(self) -> None:
        """Until cancelled."""
        due = 0.0
        while True:
            if not self.playout.has_sound:
                self._has_sound.clear()
                await self._has_sound.wait()
                continue
            now = time.monotonic()
            if now - due > _FARTHEST_BEHIND_S:
                due = now - _AHEAD_S
            if due > now:
                await asyncio.sleep(due - now)
                continue
            due += _FRAME_S
            await self._room.send_sound(self.playout.take(time.monotonic() * 1000))

"""The person's place in a call that is held elsewhere, for as long as they are in it."""

from bridge.hosted.messages import Outbox
from bridge.hosted.sound import HostedSound
from bridge.media.playout import Playout
from bridge.messages import PageMessage
from bridge.seat import SeatCallbacks


class HostedSeat:
    """See `Seat`. The connection is the call's, and outlives it."""

    def __init__(
        self, seat_id: str, session_id: str, playout: Playout, outbox: Outbox, callbacks: SeatCallbacks
    ) -> None:
        self.seat_id = seat_id
        self.playout = playout
        self._outbox = outbox
        self._callbacks = callbacks
        self._is_closed = False
        self._session_id = session_id
        self._sound = HostedSound()

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def tell(self, message: PageMessage, *, is_dispensable: bool = False) -> None:
        if not self._is_closed:
            self._outbox.put(message, is_dispensable=is_dispensable)

    async def close(self) -> None:
        self._is_closed = True

    def fall_silent(self) -> None:
        self._is_closed = True

    def listen_to(self, session_id: str) -> None:
        """They reconnected, or opened another tab: from now on that one is heard."""
        if session_id != self._session_id:
            self._session_id, self._sound = session_id, HostedSound()

    def hear(self, session_id: str, pcm: bytes, stamp: int, now_ms: float) -> None:
        if session_id == self._session_id and not self._is_closed:
            for heard in self._sound.receive(pcm, stamp, now_ms):
                self._callbacks.on_heard(self, heard)

    def fill(self, now_ms: float) -> None:
        """Silence, when they are muted."""
        for heard in self._sound.fill(now_ms):
            self._callbacks.on_heard(self, heard)

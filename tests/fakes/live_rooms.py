"""A call at a video service that does what a test says, and keeps what the bridge sent into it."""

from peak_app.ports.live_rooms import Attendant, LiveRoomCallbacks, RoomAway


class FakeLiveRoom:
    """One connection. `people` stay as they are until a test changes them."""

    def __init__(self, callbacks: LiveRoomCallbacks, *, refuses: bool = False) -> None:
        self.callbacks = callbacks
        self.refuses = refuses
        self.frames: list[bytes] = []
        self.messages: list[dict[str, object]] = []
        self.has_left = False

    async def join(self) -> None:
        if self.refuses:
            raise RoomAway
        self.people()

    def people(self, *present: tuple[str, str]) -> None:
        """These are in the call now: each a user and a session."""
        self.callbacks.on_present(frozenset(Attendant(user, session) for user, session in present))

    async def send_sound(self, frame: bytes) -> None:
        self.frames.append(frame)

    async def send_message(self, message: dict[str, object]) -> None:
        self.messages.append(message)

    async def leave(self) -> None:
        self.has_left = True

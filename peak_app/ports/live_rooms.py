"""A call that is held at a video service, as the bridge takes part in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from peak_app.errors import ServiceUnavailable
from peak_app.i18n.catalogue import t

SOUND_CLOCK_HZ = 48_000
"""Of the stamps that sound comes with; they wrap at 2³²."""


class RoomAway(ServiceUnavailable):
    """The video service could not be reached, or did not let the coach in."""

    def __init__(self) -> None:
        super().__init__(t("refusal.room_away"))


class RoomSoftwareMissing(ServiceUnavailable):
    """Calls are to be held at a video service whose software is not installed."""

    def __init__(self) -> None:
        super().__init__(t("refusal.room_software"))


def person_in_room(owner_id: UUID) -> str:
    """The name the candidate goes by at the video service."""
    return f"person-{owner_id}"


def coach_in_room(meeting_id: UUID) -> str:
    """The name the agent goes by at the video service."""
    return f"coach-{meeting_id}"


@dataclass(frozen=True, slots=True)
class Attendant:
    """Someone in the call, once for each tab or reconnect: a reconnect is another session of the same user."""

    user_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class LiveRoomCallbacks:
    """Called on the loop."""

    on_present: Callable[[frozenset[Attendant]], None]
    """Who is in the call now, the coach too; whenever that may have changed."""
    on_sound: Callable[[Attendant, bytes, int], None]
    """Sound of one, s16le mono at the rate of calls, with the stamp of its beginning."""
    on_message: Callable[[str, object], None]
    """What a user sent to everyone in the call, as it came."""
    on_ended: Callable[[], None]
    """Somebody ended the call for all; nothing follows."""
    on_gone: Callable[[], None]
    """The connection is gone for good, without the call's end; nothing follows."""


class LiveRoom(Protocol):
    """One connection to one call: `join` once, then `leave` once."""

    async def join(self) -> None:
        """Be in the call, as the coach.

        Raises:
            RoomAway: within the adapter's limit of time it was not possible.
            RoomSoftwareMissing
        """
        ...

    async def send_sound(self, frame: bytes) -> None:
        """Let everyone hear a frame of 20 ms, s16le mono at the rate of calls."""
        ...

    async def send_message(self, message: dict[str, object]) -> None:
        """Send something to everyone in the call; at most 5 kB as JSON.

        Raises:
            RoomAway
        """
        ...

    async def leave(self) -> None: ...

"""What a room needs of the person's place in the call, however they are connected to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bridge.media.playout import Playout, PlayoutCallbacks
from bridge.media.uplink import Heard
from bridge.messages import PageMessage, PageRequest


class Seat(Protocol):
    """A person who is here, or about to be: what they hear, and what they are told."""

    @property
    def seat_id(self) -> str:
        """Names the tab; whoever comes back with another one takes the call over."""
        ...

    @property
    def playout(self) -> Playout:
        """The agent's voice towards them."""
        ...

    @property
    def is_closed(self) -> bool: ...

    def tell(self, message: PageMessage, *, is_dispensable: bool = False) -> None:
        """Send a message, if their page is there to read it; a dispensable one may be left out."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SeatCallbacks:
    """Called on the loop. `on_lost` at most once for each seat, and only after `on_connected`."""

    on_connected: Callable[[Seat], None]
    on_lost: Callable[[Seat], None]
    on_request: Callable[[Seat, PageRequest], None]
    on_heard: Callable[[Seat, Heard], None]
    playout: PlayoutCallbacks

"""A network between a sender and an `Uplink`, in virtual time: what arrives when is the test's, nothing sleeps."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bridge.media.uplink import Heard, Uplink
from tests.emulators.opus_sender import Sent

POLL_MS = 100.0
"""How often a call asks for silence to be filled in."""
Arrival = tuple[float, Sent]


@dataclass
class Output:
    """What came out, and when."""

    given: list[tuple[float, Heard]] = field(default_factory=list)

    @property
    def pcm(self) -> bytes:
        return b"".join(heard.data for _, heard in self.given)

    @property
    def duration_ms(self) -> float:
        return len(self.pcm) / 48

    def positions(self) -> list[tuple[float, bytes]]:
        return [(heard.at_ms, heard.data) for _, heard in self.given]


def deliver(uplink: Uplink, arrivals: Iterable[Arrival], *, until_ms: float | None = None) -> Output:
    """Bring packets at their local times, with the timers and polls of a call between them, and wait for the rest."""
    output = Output()
    now = poll_at = 0.0

    def take(heard: list[Heard]) -> None:
        output.given += [(now, sound) for sound in heard]

    def advance(to_ms: float) -> None:
        nonlocal now, poll_at
        while True:
            deadline = uplink.deadline_ms
            now = min(to_ms, poll_at, to_ms if deadline is None else max(now, deadline))
            if deadline is not None and deadline <= now:
                take(uplink.expire(now))
            elif poll_at <= now:
                poll_at += POLL_MS
                take(uplink.fill(now))
            else:
                return

    for arrived_ms, packet in sorted(arrivals, key=lambda arrival: arrival[0]):
        advance(arrived_ms)
        now = max(now, arrived_ms)
        take(uplink.receive(packet.sequence, packet.stamp, packet.payload, now))
    advance(now + POLL_MS if until_ms is None else until_ms)
    return output

"""Who gets a place for a call, and on which bridge. Pure: facts in, a decision out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

ASKING_WITHIN = timedelta(seconds=10)
"""Who has not asked for so long has left the line. A page that waits asks every 3 s."""


@dataclass(frozen=True, slots=True)
class BridgeState:
    """A bridge that is alive. `calls` are the places taken, with those of calls that are just being opened."""

    bridge_id: str
    url: str
    capacity: int
    calls: int
    loop_lag_ms: float
    is_draining: bool

    @property
    def load(self) -> float:
        return self.calls / self.capacity

    def free_places(self, most_lag_ms: float) -> int:
        """Places for calls that begin now. A bridge that can't keep its frames on time takes none beside others.

        An empty one takes one: it is late because of what else the machine does, and nobody's call gets worse by it.
        """
        if self.loop_lag_ms <= most_lag_ms:
            return self.spare_places
        return 0 if self.calls else min(1, self.spare_places)

    @property
    def spare_places(self) -> int:
        """Places for calls that ran elsewhere: late frames are better than none."""
        return 0 if self.is_draining else max(0, self.capacity - self.calls)


@dataclass(frozen=True, slots=True)
class Waiter:
    """Someone who asks for a place. `is_resuming`: their call ran before, on a bridge that is gone."""

    meeting_id: UUID
    waiting_since: datetime
    is_resuming: bool


class Verdict(StrEnum):
    ADMITTED = "admitted"
    ELSEWHERE = "elsewhere"
    """There is a place, but on another bridge."""
    WAIT = "wait"


def order_bridges(bridges: Iterable[BridgeState], *, holder_id: str | None, most_lag_ms: float) -> list[BridgeState]:
    """Whom to ask for a call, one after the other until one answers.

    First the one that holds it. Then who has places, the least busy first. Then the others: each of them can tell a
    person their place in line, those that go away last.
    """

    def rank(bridge: BridgeState) -> tuple[bool, bool, bool, float, int, str]:
        free = bridge.free_places(most_lag_ms)
        is_holder = bridge.bridge_id == holder_id
        return not is_holder, free == 0, bridge.is_draining, bridge.load, -free, bridge.bridge_id

    return sorted(bridges, key=rank)


def waiting_since(meeting_id: UUID, line: Iterable[Waiter], at: datetime) -> datetime:
    """Since when this person waits: as the line knows, or from now on, behind everyone, whatever clocks say."""
    newest = at
    for one in line:
        if one.meeting_id == meeting_id:
            return one.waiting_since
        newest = max(newest, one.waiting_since + timedelta(microseconds=1))
    return newest


def place_in_line(waiter: Waiter, others: Iterable[Waiter]) -> int:
    """The person's place, from 1: calls that ran before go first, then who came first."""

    def turn(one: Waiter) -> tuple[bool, datetime, UUID]:
        return not one.is_resuming, one.waiting_since, one.meeting_id

    return 1 + sum(turn(other) < turn(waiter) for other in others if other.meeting_id != waiter.meeting_id)


def judge(waiter: Waiter, place: int, own: BridgeState, others: Sequence[BridgeState], most_lag_ms: float) -> Verdict:
    """What a bridge does with someone at this place in line who asks it for a call.

    Whoever stands before them, and has not asked again yet, keeps a free place: nobody overtakes.
    """

    def free(bridge: BridgeState) -> int:
        return bridge.spare_places if waiter.is_resuming else bridge.free_places(most_lag_ms)

    if place > free(own) + sum(map(free, others)):
        return Verdict.WAIT
    return Verdict.ADMITTED if free(own) else Verdict.ELSEWHERE

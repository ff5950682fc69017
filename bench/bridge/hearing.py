"""What a caller's arrivals mean: when a tone began, how much of it came, where it was silent. Pure.

Times are monotonic seconds, the same clock in every process of one machine.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.bridge.sounds import Loudness

LOST_MS = 400.0
"""What a burst or a reply counts that never arrived: longer than any that did."""
_QUIET_S = 0.08
"""Quiet after which a tone is a new one."""
_STAMPS_PER_MS = 48
_STAMPS = 2**32


@dataclass(frozen=True, slots=True)
class Arrival:
    """One RTP packet of the agent's sound."""

    at: float
    stamp: int
    sound: Loudness


@dataclass(frozen=True, slots=True)
class Heard:
    """One reply as it arrived. `silent_ms`: holes between its first and its last loud millisecond."""

    first_at: float
    last_at: float
    tone_ms: int
    silent_ms: int
    longest_gap_ms: float


def onsets(arrivals: Sequence[Arrival]) -> list[float]:
    """When each tone began to arrive."""
    found: list[float] = []
    last = float("-inf")
    for arrival in arrivals:
        if arrival.sound.loud_ms:
            if arrival.at - last > _QUIET_S:
                found.append(arrival.at)
            last = arrival.at
    return found


def delays_ms(begun: Sequence[float], seen: Sequence[float]) -> list[float]:
    """From each beginning to the first sight after it; `LOST_MS` where there is none within that time. Both ascend."""
    delays: list[float] = []
    for start in begun:
        index = bisect_left(seen, start)
        delay = (seen[index] - start) * 1000 if index < len(seen) else LOST_MS
        delays.append(min(delay, LOST_MS))
    return delays


def heard_between(arrivals: Sequence[Arrival], since: float, until: float) -> Heard | None:
    """The tone that arrived in this time; None: none did."""
    begin = bisect_left(arrivals, since, key=lambda arrival: arrival.at)
    end = bisect_left(arrivals, until, key=lambda arrival: arrival.at)
    loud = [number for number in range(begin, end) if arrivals[number].sound.loud_ms]
    if not loud:
        return None
    packets = arrivals[loud[0] : loud[-1] + 1]
    first, last = packets[0], packets[-1]
    begun_ms = first.sound.first_ms
    ended_ms = (last.stamp - first.stamp) % _STAMPS // _STAMPS_PER_MS + last.sound.last_ms + 1
    tone_ms = sum(packet.sound.loud_ms for packet in packets)
    gaps = [(after.at - before.at) * 1000 for before, after in pairwise(packets)]
    return Heard(first.at, last.at, tone_ms, max(0, ended_ms - begun_ms - tone_ms), max(gaps, default=0.0))

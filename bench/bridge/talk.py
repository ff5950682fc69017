"""Both sides of all calls talk for a while: how long sound takes, what gets lost, and what it costs."""

import asyncio
import random
import time
from dataclasses import dataclass

from bench.bridge.caller import Caller
from bench.bridge.control import Command
from bench.bridge.hearing import LOST_MS, delays_ms, heard_between, onsets
from bench.bridge.model_link import ModelLink
from bench.bridge.processes import Child
from bench.bridge.stretch import Stretch
from bench.percentiles import percentile
from bridge.media.opus import FRAME_MS

_BURST_EVERY_S = (0.42, 0.5)
_LAST_ARRIVALS_S = 0.5
_MEMORY_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Replies:
    """What the agent says: so long, and so much quiet after it."""

    ms: int
    pause_s: float


SHORT = Replies(600, 0.6)
"""Many beginnings, for the delay of the first sound."""
LONG = Replies(2_500, 2.0)
"""An interview's: the agent speaks half of the time."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What was seen of all calls together. Delays in ms, one of each burst and each reply."""

    calls: int
    uplink_ms: tuple[float, ...]
    """From the first packet of a burst to the model, or back to the caller when nobody is between."""
    downlink_ms: tuple[float, ...]
    holes_ms: float
    """Silence inside replies, and what is missing of them."""
    longest_gap_ms: float
    delivered: float
    """Of the sound the callers made, the share the model was sent."""
    cpu_s_per_call_minute: float
    growth_mb_per_call: float
    late_ms: float
    """How late the callers' own packets left, 99th percentile: what the machine did to the measurement."""


@dataclass(frozen=True, slots=True)
class _Reply:
    delay_ms: float
    holes_ms: float
    longest_gap_ms: float


async def talk(on: Stretch, seconds: float, replies: Replies = SHORT) -> Talk:
    late_from = [len(caller.microphone.lateness_ms) for caller in on.callers]
    began, cpu_before, made_before = time.monotonic(), on.child.cpu_s(), await _made_and_sent(on)
    until = began + seconds
    async with asyncio.TaskGroup() as tasks:
        memory = tasks.create_task(_peak_mb(on.child, until))
        bursts = [tasks.create_task(_burst_until(caller, until)) for caller in on.callers]
        heard = [
            tasks.create_task(_reply_until(on.link, caller, replies, until))
            for caller in on.callers
            if on.contestant.has_model
        ]
    minutes = (time.monotonic() - began) / 60 * len(on.callers)
    cpu_s, made_after = on.child.cpu_s() - cpu_before, await _made_and_sent(on)
    seen = [reply for task in heard for reply in task.result()]
    late = [ms for caller, at in zip(on.callers, late_from, strict=True) for ms in caller.microphone.lateness_ms[at:]]
    made_ms, sent_ms = (after - before for before, after in zip(made_before, made_after, strict=True))
    return Talk(
        calls=len(on.callers),
        uplink_ms=tuple(delay for task in bursts for delay in _uplink(on, task.result())),
        downlink_ms=tuple(reply.delay_ms for reply in seen),
        holes_ms=sum(reply.holes_ms for reply in seen),
        longest_gap_ms=max((reply.longest_gap_ms for reply in seen), default=0.0),
        delivered=sent_ms / made_ms,
        cpu_s_per_call_minute=cpu_s / minutes,
        growth_mb_per_call=(memory.result() - on.rest_mb) / len(on.callers),
        late_ms=percentile(late, 99),
    )


async def _burst_until(caller: Caller, until: float) -> tuple[Caller, list[float]]:
    """The caller and when its bursts left; at random phases, as sound meets a clock of packets."""
    first = len(caller.microphone.burst_at)
    while time.monotonic() < until:
        await asyncio.sleep(random.uniform(*_BURST_EVERY_S))
        caller.microphone.burst()
    await asyncio.sleep(_LAST_ARRIVALS_S)
    return caller, caller.microphone.burst_at[first:]


def _uplink(on: Stretch, burst: tuple[Caller, list[float]]) -> list[float]:
    caller, left_at = burst
    if on.contestant.has_model:
        return delays_ms(left_at, [sighting.at for sighting in on.link.seen("tone", caller.session)])
    return delays_ms(left_at, onsets(caller.arrivals))


async def _reply_until(link: ModelLink, caller: Caller, replies: Replies, until: float) -> list[_Reply]:
    command = Command("reply", caller.session, replies.ms)
    length_s = replies.ms / 1000 + replies.pause_s
    seen: list[_Reply] = []
    await asyncio.sleep(random.random() * min(length_s, 2.0))
    while time.monotonic() + length_s < until:
        began = (await link.do(command, "delta")).at
        await asyncio.sleep(length_s + random.random() * 0.1)
        seen.append(_seen_reply(caller, replies, began))
    return seen


def _seen_reply(caller: Caller, replies: Replies, began: float) -> _Reply:
    heard = heard_between(caller.arrivals, began, began + replies.ms / 1000 + replies.pause_s)
    if heard is None:
        return _Reply(LOST_MS, replies.ms, 0.0)
    missing_ms = replies.ms - heard.tone_ms - heard.silent_ms
    # The codec's overlap blurs both ends by a few milliseconds.
    holes_ms = heard.silent_ms + (missing_ms if missing_ms >= FRAME_MS else 0)
    return _Reply(min(LOST_MS, (heard.first_at - began) * 1000), holes_ms, heard.longest_gap_ms)


async def _made_and_sent(on: Stretch) -> tuple[float, float]:
    """Ms of sound the callers have made so far, and ms the model was sent."""
    if not on.contestant.has_model:
        made = sum(caller.microphone.frames for caller in on.callers) * FRAME_MS
        return made, made
    made = sent = 0.0
    for caller in on.callers:
        sent += (await on.link.do(Command("count", caller.session), "count")).ms
        made += caller.microphone.frames * FRAME_MS
    return made, sent


async def _peak_mb(child: Child, until: float) -> float:
    peak = child.memory_mb()
    while time.monotonic() < until:
        await asyncio.sleep(_MEMORY_EVERY_S)
        peak = max(peak, child.memory_mb())
    return peak

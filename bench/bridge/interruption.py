"""The person speaks while the agent does: how soon it is silent, and whether the model knows what was heard."""

import asyncio
import random
import time
from dataclasses import dataclass

from bench.bridge.caller import Caller
from bench.bridge.control import Command
from bench.bridge.hearing import heard_between
from bench.bridge.model_link import ModelLink
from bench.bridge.sounds import VOICE_MS
from bench.bridge.stretch import Stretch

ANSWER = {"ms": 12_000, "delta_ms": 200, "pace": 6.0}
"""Long, and made far faster than it sounds: seconds of it wait in the bridge when the person speaks."""
_HEARD_S = (0.9, 1.3)
"""How much of the answer is heard before."""
_SETTLE_S = 0.8


@dataclass(frozen=True, slots=True)
class Interruption:
    """`silence_ms`: from the model's `speech_started` to the last packet with sound of the agent.

    `truncate_error_ms`: how far the place the model was told lies from what arrived; None: it was told none.
    """

    silence_ms: float
    truncate_error_ms: float | None


async def interrupt(on: Stretch, times: int) -> list[Interruption]:
    """So many interruptions of every call."""
    seen: list[Interruption] = []
    for _ in range(times):
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(_interrupt(on.link, caller)) for caller in on.callers]
        seen += [task.result() for task in running]
    return seen


async def _interrupt(link: ModelLink, caller: Caller) -> Interruption:
    told_before = len(link.seen("truncate", caller.session))
    began = (await link.do(Command("reply", caller.session, **ANSWER), "delta")).at
    await asyncio.sleep(random.uniform(*_HEARD_S))
    caller.microphone.speak()
    spoke = (await link.do(Command("speech", caller.session), "speech")).at
    await asyncio.sleep(VOICE_MS / 1000)
    await link.tell(Command("speech_end", caller.session))
    await asyncio.sleep(_SETTLE_S + random.random() * 0.1)
    heard = heard_between(caller.arrivals, began, time.monotonic())
    if heard is None:
        raise RuntimeError("An answer that was to be interrupted never arrived.")
    told = link.seen("truncate", caller.session)[told_before:]
    error_ms = abs(told[-1].ms - heard.tone_ms) if told else None
    return Interruption(max(0.0, (heard.last_at - spoke) * 1000), error_ms)

"""A stretch of measuring: fresh processes, and so many callers in calls."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.bridge.caller import Caller
from bench.bridge.contestants import Contestant
from bench.bridge.model_link import ModelLink
from bench.bridge.processes import Child
from bench.product import free_port

REST_S = 1.0
"""Wait before a process's memory at rest is read."""
SETTLE_S = 2.0
"""From the last caller's connection to the first measurement."""


@asynccontextmanager
async def running(contestant: Contestant, folder: Path) -> AsyncIterator[tuple[Child, ModelLink]]:
    """The contestant's process, and a stand-in for the model that it talks to."""
    async with AsyncExitStack() as ends:
        model_port = free_port()
        command = [sys.executable, "-m", "bench.bridge.model", "--port", str(model_port)]
        model = Child.start("model", command, folder)
        ends.push_async_callback(model.stop)
        await model.wait_ready(model_port)
        link = await ends.enter_async_context(ModelLink(model_port))
        child = contestant.start(model_port, folder)
        ends.push_async_callback(child.stop)
        await child.wait_ready(contestant.port)
        yield child, link


@dataclass(frozen=True, slots=True)
class Stretch:
    """A contestant with callers in calls. `rest_mb`: its memory before the first of them."""

    contestant: Contestant
    child: Child
    link: ModelLink
    callers: tuple[Caller, ...]
    rest_mb: float


@asynccontextmanager
async def stretch(contestant: Contestant, calls: int, folder: Path, *, loss: float = 0.0) -> AsyncIterator[Stretch]:
    """So many callers in calls, until the end of the `async with`."""
    async with running(contestant, folder) as (child, link), AsyncExitStack() as ends:
        await asyncio.sleep(REST_S)
        rest_mb = child.memory_mb()
        callers: list[Caller] = []
        for number in range(calls):
            caller = Caller(loss=loss, seed=number)
            ends.push_async_callback(caller.close)
            await caller.join(contestant)
            if contestant.has_model:
                caller.session = await link.next_session()
            callers.append(caller)
        await asyncio.sleep(SETTLE_S)
        yield Stretch(contestant, child, link, tuple(callers), rest_mb)

"""Open tabs as the server sees them: websockets that load the dashboard and send an event now and then."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from peak_app.state.session import SessionState

PATH = "/dashboard"
ANSWERED_WITHIN_S = 20.0
OPENED_AT_ONCE = 20
_HYDRATE = "reflex___state____state.hydrate_and_load"
_EVENT = f"{SessionState.get_full_name()}.show_notice"


@dataclass
class Tab:
    """`ask` sends an event that changes something of this tab, and waits until the page would show it."""

    socket: ClientConnection
    _answers: dict[str, asyncio.Future[float]] = field(default_factory=dict)

    async def send(self, name: str, payload: dict[str, object]) -> None:
        document = {"name": name, "payload": payload, "router_data": {"pathname": PATH, "asPath": PATH, "query": {}}}
        await self.socket.send(f"42/_event,{json.dumps(['event', document])}")

    async def ask(self) -> float:
        """Milliseconds from sending to the answer."""
        mark = secrets.token_hex(8)
        self._answers[mark] = answered = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        await self.send(_EVENT, {"level": "info", "text": mark})
        return (await asyncio.wait_for(answered, ANSWERED_WITHIN_S) - began) * 1000

    async def load(self) -> None:
        """What a page does first; done when everything that runs at its opening has run."""
        self._answers['"is_hydrated_rx_state_":true'] = loaded = asyncio.get_running_loop().create_future()
        await self.send(_HYDRATE, {"vars": {}})
        await asyncio.wait_for(loaded, ANSWERED_WITHIN_S)

    async def read(self) -> None:
        try:
            async for message in self.socket:
                at = time.perf_counter()
                assert isinstance(message, str)
                if message == "2":
                    await self.socket.send("3")
                for mark in [mark for mark in self._answers if mark in message]:
                    self._answers.pop(mark).set_result(at)
        except ConnectionClosed:
            return


@asynccontextmanager
async def open_tab(origin: str, cookie: str) -> AsyncIterator[Tab]:
    url = f"{origin.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket&token={secrets.token_hex(12)}"
    headers = {"Origin": origin, "Cookie": cookie}
    async with connect(url, additional_headers=headers, proxy=None, max_size=None) as socket:
        await socket.recv()
        await socket.send("40/_event,")
        await socket.recv()
        tab = Tab(socket)
        reader = asyncio.create_task(tab.read())
        try:
            await tab.load()
            yield tab
        finally:
            reader.cancel()


async def measure_one(origin: str, cookie: str, events: int, every_s: float) -> list[float]:
    """Round trips of one tab, in milliseconds."""
    async with open_tab(origin, cookie) as tab:
        seen: list[float] = []
        for _ in range(events):
            seen.append(await tab.ask())
            await asyncio.sleep(every_s)
        return seen


async def measure_many(origin: str, cookie: str, tabs: int, per_s: float, seconds: float) -> list[float]:
    """Round trips while so many tabs are open, each taking its turn; `per_s` events of all together."""
    async with AsyncExitStack() as stack:
        opened: list[Tab] = []
        while len(opened) < tabs:
            batch = min(OPENED_AT_ONCE, tabs - len(opened))
            opened += await asyncio.gather(*(stack.enter_async_context(open_tab(origin, cookie)) for _ in range(batch)))
        asked: list[asyncio.Task[float]] = []
        begin = time.perf_counter()
        for number in range(round(per_s * seconds)):
            await asyncio.sleep(max(0.0, begin + number / per_s - time.perf_counter()))
            asked.append(asyncio.create_task(opened[number % tabs].ask()))
        return await asyncio.gather(*asked)

"""The benchmark's line to its stand-in for the model: tells it what to say, and keeps what it saw."""

import asyncio
from collections import defaultdict
from types import TracebackType

from websockets.asyncio.client import ClientConnection, connect

from bench.bridge.control import Command, Sight, Sighting, sighting_of, to_json

ANSWER_WITHIN_S = 10.0


class ModelLink:
    """An async context. `seen` holds what was sighted of one session, in order."""

    def __init__(self, port: int) -> None:
        self._url = f"ws://127.0.0.1:{port}/control"
        self._seen: defaultdict[tuple[Sight, int], list[Sighting]] = defaultdict(list)
        self._sessions: asyncio.Queue[int] = asyncio.Queue()
        self._news = asyncio.Condition()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "ModelLink":
        self._socket = await connect(self._url, compression=None, proxy=None)
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader:
            self._reader.cancel()
        if self._socket:
            await self._socket.close()

    def seen(self, sight: Sight, session: int) -> list[Sighting]:
        return self._seen[sight, session]

    async def next_session(self) -> int:
        """The number of the conversation that was opened next."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await self._sessions.get()

    async def do(self, command: Command, answered_by: Sight) -> Sighting:
        """Have something done; gives the sighting that says so."""
        assert self._socket is not None
        before = len(self.seen(answered_by, command.session))
        await self._socket.send(to_json(command))
        async with asyncio.timeout(ANSWER_WITHIN_S), self._news:
            await self._news.wait_for(lambda: len(self.seen(answered_by, command.session)) > before)
        return self.seen(answered_by, command.session)[before]

    async def tell(self, command: Command) -> None:
        assert self._socket is not None
        await self._socket.send(to_json(command))

    async def _read(self) -> None:
        assert self._socket is not None
        async for text in self._socket:
            sighting = sighting_of(text)
            if sighting.sight == "session":
                self._sessions.put_nowait(sighting.session)
            async with self._news:
                self._seen[sighting.sight, sighting.session].append(sighting)
                self._news.notify_all()

"""The newest of what a thread tells, for a coroutine that shows it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Made by the coroutine, told by the thread. What nobody looked at in time is replaced by what came after it."""

    def __init__(self, first: T) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._value = first

    def tell(self, value: T) -> None:
        """May be called in any thread."""
        self._loop.call_soon_threadsafe(self._take, value)

    async def until(self, work: "asyncio.Future[Any]", *, every_s: float) -> AsyncIterator[T]:
        """What is told while the work goes on, the first at once and then one each `every_s` at most."""
        while not work.done():
            news = asyncio.ensure_future(self._news.wait())
            await asyncio.wait({work, news}, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            if work.done():
                return
            self._news.clear()
            yield self._value
            await asyncio.wait({work}, timeout=every_s)

    def _take(self, value: T) -> None:
        self._value = value
        self._news.set()

"""Ways to tell whether a process does its work."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from peak_app.config import Settings
from peak_app.heartbeat import ALIVE_WITHIN_S, seconds_since_beat

Probe = Callable[[float], Awaitable[bool]]
"""Takes the start of the process (seconds since the epoch); true when it works."""

_ANSWER_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: its status and at most 64 KiB of its body."""

    status: int
    body: str


async def fetch(host: str, port: int, path: str, host_header: str | None = None) -> Answer | None:
    """GET over plain HTTP, past any proxy the environment names; None when there is no answer in time."""
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                asked = host_header or f"{host}:{port}"
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {asked}\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
                head, _, body = (await _read_all(reader)).partition(b"\r\n\r\n")
            finally:
                writer.close()
        return Answer(int(head.split(maxsplit=2)[1]), body.decode(errors="replace"))
    except (OSError, TimeoutError, ValueError, IndexError):
        return None


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    read = b""
    while len(read) < 65536 and (more := await reader.read(65536)):
        read += more
    return read


def answers_ok(port: int, path: str, host: str = "127.0.0.1") -> Probe:
    """A probe: the path answers with 200."""

    async def probe(_started: float) -> bool:
        answer = await fetch(host, port, path)
        return answer is not None and answer.status == 200

    return probe


def beats(settings: Settings, name: str) -> Probe:
    """A probe: the heartbeat file is fresh, and newer than the process."""

    async def probe(started: float) -> bool:
        age = seconds_since_beat(settings, name)
        return age is not None and age < ALIVE_WITHIN_S and age < time.time() - started

    return probe


def in_thread(check: Callable[[], bool]) -> Probe:
    """A probe made of a blocking check."""

    async def probe(_started: float) -> bool:
        return await asyncio.to_thread(check)

    return probe

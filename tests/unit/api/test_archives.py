"""Who is sent an archive at the same time as whom, and that nobody's place is lost."""

import asyncio
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from starlette.types import Message

from peak_app.api import archives
from peak_app.api.archives import MADE_AT_ONCE, ArchiveResponse, Places
from peak_app.errors import TooManyRequests


def test_one_archive_at_a_time_for_a_person_and_not_too_many_in_all() -> None:
    places, ann = Places(), uuid4()
    places.take(ann)
    with pytest.raises(TooManyRequests, match="being sent already"):
        places.take(ann)
    for _ in range(MADE_AT_ONCE - 1):
        places.take(uuid4())
    with pytest.raises(TooManyRequests, match="Others"):
        places.take(uuid4())
    places.leave(ann)
    places.take(ann)


def _pieces(after: Callable[[], None] = lambda: None) -> Iterator[bytes]:
    yield b"one"
    after()
    yield b""
    yield b"two"


async def _answer(pieces: Iterator[bytes], *, is_cut_off: bool = False) -> tuple[list[bytes], int]:
    """What was sent, and how often the place was given back."""
    sent: list[bytes] = []
    over = 0

    def leave() -> None:
        nonlocal over
        over += 1

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    async def receive() -> Message:
        if not is_cut_off:
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    response = ArchiveResponse(pieces, leave)
    try:
        await response({"type": "http", "asgi": {"spec_version": "2.0"}}, receive, send)
    finally:
        assert over == 1
    return sent, over


async def test_the_place_is_given_back_when_all_is_sent() -> None:
    sent, _ = await _answer(_pieces())
    assert b"".join(sent) == b"onetwo"


async def test_the_place_is_given_back_when_the_browser_goes_away() -> None:
    sent, over = await _answer((b"x" for _ in range(100_000)), is_cut_off=True)
    assert over == 1
    assert len(sent) < 100_000


async def test_the_place_is_given_back_when_it_can_not_be_made() -> None:
    def fail() -> None:
        raise ValueError("the disk went away")

    with pytest.raises((ValueError, ExceptionGroup)):
        await _answer(_pieces(fail))


async def test_the_place_is_given_back_when_nobody_takes_what_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three who stop reading would keep everyone else from their archives for hours."""
    monkeypatch.setattr(archives, "STALLED_S", 0.05)
    over: list[bool] = []

    async def never(_message: Message) -> None:
        await asyncio.sleep(60)

    async def receive() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    response = ArchiveResponse(_pieces(), lambda: over.append(True))
    with pytest.raises((TimeoutError, ExceptionGroup)):
        async with asyncio.timeout(5):
            await response({"type": "http", "asgi": {"spec_version": "2.0"}}, receive, never)
    assert over == [True]

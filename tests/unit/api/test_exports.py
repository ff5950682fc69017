"""Who waits for whose file."""

import asyncio
from collections.abc import AsyncIterator
from threading import Event
from uuid import uuid4

import pytest

from peak_app.api.exports import MADE_AT_ONCE, Exporting
from peak_app.domain.exports.service import PDF, ExportedFile
from peak_app.errors import ServiceUnavailable, TooManyRequests

FILE = ExportedFile("a.json", "application/json", b"{}")
WITHIN_S = 20


def _at_once() -> ExportedFile:
    return FILE


class Slow:
    """PDFs that are made until they may be done."""

    def __init__(self) -> None:
        self._begun = Event()
        self._may_end = Event()

    def __call__(self) -> ExportedFile:
        self._begun.set()
        self._may_end.wait(WITHIN_S)
        return FILE

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self._begun.wait, WITHIN_S)

    def end(self) -> None:
        self._may_end.set()


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    made = Slow()
    yield made
    made.end()


async def test_nobody_waits_for_the_pdf_of_others(slow: Slow) -> None:
    exporting = Exporting()
    papers = [asyncio.create_task(exporting.make(uuid4(), PDF, slow)) for _ in range(MADE_AT_ONCE + 1)]
    await slow.has_begun()

    async with asyncio.timeout(WITHIN_S):
        assert await exporting.make(uuid4(), "json", _at_once) == FILE

    assert not any(paper.done() for paper in papers)
    slow.end()
    assert await asyncio.gather(*papers) == [FILE] * len(papers)


async def test_a_person_has_one_file_made_at_a_time(slow: Slow) -> None:
    exporting, ann = Exporting(), uuid4()
    paper = asyncio.create_task(exporting.make(ann, PDF, slow))
    await slow.has_begun()

    for name in (PDF, "json"):
        with pytest.raises(TooManyRequests):
            await exporting.make(ann, name, _at_once)

    slow.end()
    await paper
    assert await exporting.make(ann, "json", _at_once) == FILE


async def test_going_away_and_coming_back_has_nothing_made_twice(slow: Slow) -> None:
    exporting, ann = Exporting(), uuid4()
    paper = asyncio.create_task(exporting.make(ann, PDF, slow))
    await slow.has_begun()
    paper.cancel()
    await asyncio.wait([paper])

    with pytest.raises(TooManyRequests):
        await exporting.make(ann, PDF, _at_once)


async def test_a_file_that_could_not_be_made_can_be_asked_for_again() -> None:
    exporting, ann = Exporting(), uuid4()

    def fail() -> ExportedFile:
        raise ServiceUnavailable("Not now.")

    with pytest.raises(ServiceUnavailable):
        await exporting.make(ann, PDF, fail)
    assert await exporting.make(ann, PDF, _at_once) == FILE

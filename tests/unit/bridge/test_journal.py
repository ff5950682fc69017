"""The journal's thread: order, patience, and what it does with refusals."""

import logging
import threading

import pytest
from sqlalchemy.exc import OperationalError

from bridge.journal import Entry, Journal
from peak_app.errors import Conflict, PeakError


def unreachable() -> OperationalError:
    return OperationalError("insert", {"text": "secret words"}, Exception("connection refused"))


def test_entries_wait_for_the_database_and_keep_their_order() -> None:
    journal = Journal()
    written: list[int] = []
    failures = iter([True, True, False])

    def first() -> None:
        if next(failures):
            raise unreachable()
        written.append(1)

    journal.submit(Entry("turn", first))
    journal.submit(Entry("turn", lambda: written.append(2)))
    done = threading.Event()
    journal.submit(Entry("turn", lambda: written.append(3), on_done=lambda _: done.set()))
    assert done.wait(5)
    assert written == [1, 2, 3]
    journal.close()


def test_closing_writes_what_is_left() -> None:
    journal = Journal()
    written: list[int] = []
    for n in range(100):
        journal.submit(Entry("turn", lambda n=n: written.append(n)))
    journal.close()
    assert written == list(range(100))


def test_closing_does_not_wait_for_ever() -> None:
    journal = Journal()

    def never() -> None:
        raise unreachable()

    journal.submit(Entry("turn", never))
    journal.close()
    assert journal.waiting <= 1


def test_a_refusal_is_told_and_a_fault_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    refusals: list[PeakError] = []

    def refuse() -> None:
        raise Conflict("This meeting is over.")

    def break_down() -> None:
        raise ValueError("secret words")

    written: list[int] = []
    with caplog.at_level(logging.INFO):
        journal.submit(Entry("connect", refuse, on_refused=refusals.append))
        journal.submit(Entry("turn", break_down))
        journal.submit(Entry("turn", lambda: written.append(1)))
        journal.close()
    assert [type(refusal) for refusal in refusals] == [Conflict]
    assert written == [1]
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text

"""kill -9 of each process of a running product, during a call and while its results are made.

Always: the launcher brings the process back, the meeting ends completed, what was journalled is in the transcript once,
and the minutes are booked once.
"""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from bench.interviews import ANSWERS, Call, Interviewee, speak
from bench.product import Product
from peak_app.cli.run_folder import RunFolder
from peak_app.domain.billing.models import UsageEntry

PROCESSES = ("postgres", "ai", "bridge", "code_server", "worker", "daemon", "operator_ui", "web")
BACK_WITHIN_S = 60

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    root = Path(tempfile.mkdtemp(prefix="peak-crash-"))
    root.chmod(0o755)
    running = Product(root / "home")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def person(product: Product) -> Interviewee:
    return Interviewee(product)


@pytest.fixture(scope="module")
def voices() -> list[bytes]:
    return [speak(text) for text in ANSWERS[:2]]


def kill(product: Product, name: str) -> int:
    """kill -9; gives the pid that is gone."""
    pid = next(part["pid"] for part in RunFolder(product.home).read_components() if part["name"] == name)
    os.kill(pid, signal.SIGKILL)
    return pid


def wait_back(product: Product, name: str, old_pid: int) -> None:
    end = time.monotonic() + BACK_WITHIN_S
    while time.monotonic() < end:
        parts = {part["name"]: part for part in RunFolder(product.home).read_components()}
        if parts[name]["state"] == "ready" and parts[name]["pid"] != old_pid:
            return
        time.sleep(0.2)
    pytest.fail(f"{name} did not come back")


def check_results(person: Interviewee, call: Call, expected: list[str]) -> None:
    """`expected` are words that the answers hold; each must stand in exactly one line of the candidate."""
    lines = person.transcript(call.meeting_id)
    said = [text.lower() for speaker, text in lines if speaker == "candidate"]
    for word in expected:
        assert sum(word in text for text in said) == 1, f"{word!r} in {len(said)} lines"
    assert any(speaker == "agent" for speaker, _ in lines)
    with person.sessions.for_user(person.user_id) as session:
        booked = session.exec(select(UsageEntry).where(UsageEntry.meeting_id == call.meeting_id)).all()
    assert len(booked) == 1


@pytest.mark.parametrize("name", PROCESSES)
async def test_a_process_killed_during_a_call(
    name: str, product: Product, person: Interviewee, voices: list[bytes]
) -> None:
    call = person.open_call()
    await call.join()
    await call.answer(voices[0])
    await call.agent_finished()
    old_pid = kill(product, name)
    if name == "bridge":
        await call.rejoin()
    await asyncio.to_thread(wait_back, product, name, old_pid)
    if name == "ai":
        await call.page.message("state", 30, after=len(call.page.messages) - 1, value="listening")
    await call.answer(voices[1], is_agent_silent=True)
    await call.agent_finished()
    await call.hang_up()
    await call.leave()
    await person.completed(call.meeting_id)
    check_results(person, call, ["pipeline", "trace"])


@pytest.mark.parametrize("name", PROCESSES)
async def test_a_process_killed_while_results_are_made(
    name: str, product: Product, person: Interviewee, voices: list[bytes]
) -> None:
    call = person.open_call()
    await call.join()
    await call.answer(voices[0])
    await call.agent_finished()
    await call.hang_up()
    old_pid = kill(product, name)
    await call.leave()
    await asyncio.to_thread(wait_back, product, name, old_pid)
    await person.completed(call.meeting_id)
    check_results(person, call, ["pipeline"])

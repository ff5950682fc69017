import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from peak_app.cli.component import Backoff, Component, State, Step
from peak_app.cli.probes import Probe
from peak_app.cli.supervisor import Supervisor

QUICK = Backoff(first_s=0.01, longest_s=0.02, failed_after=3, failed_every_s=0.05)


async def always(_started: float) -> bool:
    return True


def touched(path: Path) -> Probe:
    async def probe(_started: float) -> bool:
        return os.path.exists(path)  # noqa: PTH110, ASYNC240  # quick, and nothing else runs

    return probe


def shell(name: str, script: str, *, probe: Probe | None = always, **more) -> Component:
    facts = {"environment": {"PATH": "/usr/bin:/bin"}, "stop_within_s": 0.5} | more
    return Component(name=name, command=("/bin/sh", "-c", script), probe=probe, **facts)


class Journal:
    """What was said, as `name: line`."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(8):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def supervised(*parts: Component | Step, journal: Journal | None = None) -> AsyncIterator[Supervisor]:
    say = (journal or Journal()).say
    supervisor = Supervisor(parts, say=say, on_change=lambda _: None, backoff=QUICK)
    supervisor.start()
    try:
        yield supervisor
    finally:
        await supervisor.stop(asyncio.Event())


async def test_a_component_waits_for_those_it_needs(tmp_path: Path):
    flag = tmp_path / "flag"
    first = shell("first", f"sleep 0.2; touch {flag}; sleep 60", probe=touched(flag))
    second = shell("second", f"test -e {flag} && echo found; sleep 60", after=("first",))
    journal = Journal()
    async with supervised(first, second, journal=journal) as supervisor:
        await until(lambda: supervisor.is_ready)
        await until(lambda: "second: found" in journal.lines)


async def test_what_is_to_happen_once_happens_once_and_is_no_component_any_more():
    done: list[int] = []
    step = Step(name="step", work=lambda: done.append(1))
    task = shell("task", "exit 0", probe=None, after=("step",))
    async with supervised(step, task, shell("last", "sleep 60", after=("task",))) as supervisor:
        await until(lambda: supervisor.is_ready)
        assert done == [1]
        assert list(supervisor.conditions) == ["last"]


async def test_a_process_that_ends_is_started_again_and_its_dependents_are_not():
    async with supervised(shell("a", "sleep 60"), shell("b", "sleep 60", after=("a",))) as supervisor:
        await until(lambda: supervisor.is_ready)
        before = supervisor.conditions
        psutil.Process(before["a"].pid).kill()
        await until(lambda: supervisor.conditions["a"].restarts == 1 and supervisor.is_ready)
        assert supervisor.conditions["a"].pid != before["a"].pid
        assert supervisor.conditions["b"].pid == before["b"].pid


async def test_many_failures_in_a_row_are_called_so_and_tried_on(tmp_path: Path):
    works = tmp_path / "works"
    journal = Journal()
    async with supervised(
        shell("a", f"test -e {works} || exit 7; sleep 60", probe=touched(works)), journal=journal
    ) as supervisor:
        await until(lambda: supervisor.conditions["a"].state is State.FAILED)
        assert "a: ended with status 7; 3 failures in a row, next try in 0.05 s" in journal.lines
        works.touch()
        await until(lambda: supervisor.is_ready)


async def test_a_step_that_raises_is_tried_again_and_says_its_first_line_only():
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("no database yet\nand a lot of detail")

    journal = Journal()
    async with supervised(Step(name="step", work=work), journal=journal) as supervisor:
        await until(lambda: supervisor.is_ready)
    assert len(tries) == 3
    assert "step: no database yet; starting again in 0.01 s" in journal.lines


async def test_a_program_that_is_not_there_is_a_failure_like_any_other():
    journal = Journal()
    part = Component(name="a", command=("/nonexistent/program",), environment={}, probe=always)
    async with supervised(part, journal=journal) as supervisor:
        await until(lambda: supervisor.conditions["a"].state is State.FAILED)
    assert "No such file" in journal.lines[0]


async def test_a_process_that_never_gets_ready_is_killed(tmp_path: Path):
    async def never(_started: float) -> bool:
        return False

    pids = tmp_path / "pids"
    journal = Journal()
    part = shell("a", f"echo $$ >> {pids}; sleep 60", probe=never, ready_within_s=0.5)
    async with supervised(part, journal=journal):
        await until(lambda: any("did not get ready within 0.5 s" in line for line in journal.lines))
        first = int(pids.read_text().split()[0])
        await until(lambda: not is_running(first))


async def test_a_check_that_breaks_is_a_check_that_fails():
    async def broken(_started: float) -> bool:
        raise RuntimeError("broken")

    journal = Journal()
    async with supervised(shell("a", "sleep 60", probe=broken, ready_within_s=0.2), journal=journal):
        await until(lambda: any("did not get ready" in line for line in journal.lines))


async def test_parts_stop_before_those_they_need_or_use():
    journal = Journal()
    # The shell must stay the parent of `sleep` to be able to answer a signal.
    script = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done"
    parts = (
        shell("database", script),
        shell("helper", script),
        shell("server", script, after=("database",), uses=("helper",)),
    )
    async with supervised(*parts, journal=journal):
        await until(lambda: sum("up" in line for line in journal.lines) == 3)
    byes = [line for line in journal.lines if "bye" in line]
    assert byes[0] == "server: bye"
    assert sorted(byes[1:]) == ["database: bye", "helper: bye"]


async def test_a_process_that_ignores_the_signal_is_killed_with_its_children(tmp_path: Path):
    note = tmp_path / "pid"
    script = f"trap '' TERM; sleep 60 & echo $! > {note}; echo up; while :; do sleep 0.05; done"
    journal = Journal()
    async with supervised(shell("stubborn", script), journal=journal):
        await until(lambda: "stubborn: up" in journal.lines)
    # Whoever inherits the child may take a moment to bury it.
    await until(lambda: not is_running(int(note.read_text())))


async def test_a_second_signal_hastens_the_end():
    journal = Journal()
    script = "trap '' TERM; echo up; while :; do sleep 0.05; done"
    part = shell("stubborn", script, stop_within_s=30.0)
    supervisor = Supervisor([part], say=journal.say, on_change=lambda _: None, backoff=QUICK)
    supervisor.start()
    await until(lambda: "stubborn: up" in journal.lines)
    hurry = asyncio.Event()
    hurry.set()
    async with asyncio.timeout(5):
        await supervisor.stop(hurry)
    assert supervisor.conditions["stubborn"].state is State.STOPPED


async def test_children_get_back_the_signal_that_the_launcher_catches():
    # Where SIGINT was ignored before, the launcher's handler is what makes children stop by it again.
    previous = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        show = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, flush=True)"
        part = Component(
            name="a",
            command=(sys.executable, "-c", show + "; import time; time.sleep(60)"),
            environment={},
            probe=always,
        )
        journal = Journal()
        async with supervised(part, journal=journal):
            await until(lambda: "a: True" in journal.lines)
    finally:
        signal.signal(signal.SIGINT, previous)


async def test_output_of_any_length_arrives_in_bounded_lines():
    journal = Journal()
    script = "head -c 300000 /dev/zero | tr '\\0' x; echo; echo end; printf 'no newline'; sleep 60"
    async with supervised(shell("a", script), journal=journal):
        await until(lambda: "a: end" in journal.lines)
    assert sum(line.count("x") for line in journal.lines) == 300000
    assert max(map(len, journal.lines)) <= 140_000
    assert "a: no newline" in journal.lines


async def test_what_a_component_needs_must_exist():
    with pytest.raises(ValueError, match="need only each other"):
        Supervisor([shell("a", "true", after=("b",))], say=Journal().say, on_change=lambda _: None)


def test_waiting_grows_to_a_limit_and_failed_parts_are_tried_rarely():
    backoff = Backoff()
    assert [backoff.delay_s(failures) for failures in range(1, 8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 30.0, 30.0]
    assert Backoff(failed_after=20).delay_s(9) == 10.0

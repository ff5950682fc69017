"""Starts components in order, restarts those that end, stops them all."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Mapping, Sequence

from peak_app.cli.child import Child
from peak_app.cli.component import Backoff, Component, Condition, State, Step
from peak_app.cli.probes import Probe

_POLL_S = 0.1
_WATCH_EVERY_S = 5.0
_HEALTHY_AFTER_S = 30.0
_HUNG_AFTER_S = 60.0

Say = Callable[[str, str], None]
"""Takes the component's name and a line."""


class _Keeper:
    """One component's life: waits for those it needs, runs, waits out a failure, runs again."""

    def __init__(self, part: Component | Step, say: Say, on_change: Callable[[], None], backoff: Backoff) -> None:
        self.part = part
        self.done_once = asyncio.Event()
        self.condition = Condition.of(State.STARTING)
        self.child: Child | None = None
        self._say = say
        self._on_change = on_change
        self._backoff = backoff
        self._failures = 0
        self._restarts = 0
        self._stopping = asyncio.Event()
        self._starting = asyncio.Lock()

    @property
    def is_finished(self) -> bool:
        """Whether it was to happen once, and did."""
        return self.done_once.is_set() and (isinstance(self.part, Step) or self.part.is_task)

    async def run(self, needed: Sequence[asyncio.Event]) -> None:
        for event in needed:
            await event.wait()
        while not self._stopping.is_set():
            reason = await self._work() if isinstance(self.part, Step) else await self._live(self.part)
            if self._stopping.is_set() or self.is_finished:
                break
            self._failures += 1
            self._restarts += 1
            delay_s = self._backoff.delay_s(self._failures)
            if self._backoff.is_failed(self._failures):
                self._say(self.part.name, f"{reason}; {self._failures} failures in a row, next try in {delay_s:g} s")
                self._become(State.FAILED)
            else:
                self._say(self.part.name, f"{reason}; starting again in {delay_s:g} s")
                self._become(State.RESTARTING)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay_s)
        self.child = None
        self._become(State.READY if self.is_finished else State.STOPPED)

    async def stop(self, *, hurry: asyncio.Event) -> None:
        """End the process within its time, or at once when `hurry` is set, and never start it again."""
        self._stopping.set()
        async with self._starting:
            child, part = self.child, self.part
        if child is None or isinstance(part, Step):
            return
        gone = asyncio.create_task(child.wait())
        hurried = asyncio.create_task(hurry.wait())
        try:
            child.signal(part.stop_signal)
            await asyncio.wait({gone, hurried}, timeout=part.stop_within_s, return_when=asyncio.FIRST_COMPLETED)
            if not gone.done():
                child.signal(part.hasten_signal)
                await asyncio.wait({gone}, timeout=part.stop_within_s)
            if not gone.done():
                child.signal(signal.SIGKILL)
            await gone
        finally:
            hurried.cancel()

    def _become(self, state: State) -> None:
        self.condition = Condition.of(state, self.child.pid if self.child else None, self._restarts)
        self._on_change()

    def _become_underway(self) -> None:
        if self._backoff.is_failed(self._failures):
            self._become(State.FAILED)
        else:
            self._become(State.RESTARTING if self._restarts else State.STARTING)

    async def _work(self) -> str:
        """Do the step; gives why it failed."""
        assert isinstance(self.part, Step)
        self._become_underway()
        try:
            await asyncio.to_thread(self.part.work)
        except Exception as error:  # the boundary: whatever went wrong is said, and tried again
            return _first_line(error)
        self.done_once.set()
        return ""

    async def _live(self, component: Component) -> str:
        """Run the process from start to end; gives why it ended."""
        self._become_underway()
        try:
            async with self._starting:
                if component.before_start:
                    await asyncio.to_thread(component.before_start)
                if self._stopping.is_set():
                    return "stopped"
                child = await Child.spawn(component, lambda line: self._say(component.name, line))
                self.child = child
        except Exception as error:  # the boundary: whatever went wrong is said, and tried again
            return _first_line(error)
        self._become_underway()
        watch = asyncio.create_task(self._watch(component, child))
        try:
            status = await child.wait()
        finally:
            watch.cancel()
        self.child = None
        verdict = (await asyncio.gather(watch, return_exceptions=True))[0]
        if isinstance(verdict, Exception):
            return _first_line(verdict)
        if component.is_task and status == 0:
            self.done_once.set()
        return verdict if isinstance(verdict, str) else _ended(status)

    async def _watch(self, component: Component, child: Child) -> str:
        """Tell when it works; kill it when it never does, or no longer. Gives why it was killed."""
        probe = component.probe
        if probe is None:
            return await asyncio.get_running_loop().create_future()
        deadline = time.monotonic() + component.ready_within_s
        while not await _is_working(probe, child):
            if time.monotonic() > deadline:
                child.signal(signal.SIGKILL)
                return f"did not get ready within {component.ready_within_s:g} s"
            await asyncio.sleep(_POLL_S)
        if component.on_answer:
            try:
                await asyncio.to_thread(component.on_answer)
            except Exception as error:  # the boundary, as above
                child.signal(component.stop_signal)
                return _first_line(error)
        self._become(State.READY)
        self.done_once.set()
        ready = answered = time.monotonic()
        while True:
            await asyncio.sleep(_WATCH_EVERY_S)
            now = time.monotonic()
            if await _is_working(probe, child):
                answered = now
                if now - ready >= _HEALTHY_AFTER_S:
                    self._failures = 0
            elif now - answered > _HUNG_AFTER_S:
                child.signal(signal.SIGKILL)
                return f"gave no sign of life for {_HUNG_AFTER_S:g} s"


class Supervisor:
    """Keeps a set of components and steps. `on_change` is called whenever one of them changes its condition."""

    def __init__(
        self,
        parts: Sequence[Component | Step],
        *,
        say: Say,
        on_change: Callable[["Supervisor"], None],
        backoff: Backoff | None = None,
    ) -> None:
        names = [part.name for part in parts]
        unknown = [(part.name, need) for part in parts for need in _needs(part) if need not in names]
        if len(set(names)) != len(names) or unknown:
            raise ValueError(f"components must have different names and need only each other: {names}, {unknown}")
        self._on_change = on_change
        self._tasks: list[asyncio.Task[None]] = []
        self._keepers = {
            part.name: _Keeper(part, say, lambda: self._on_change(self), backoff or Backoff()) for part in parts
        }

    @property
    def conditions(self) -> Mapping[str, Condition]:
        """How each component fares; what had to happen once and did is no longer in it."""
        return {name: keeper.condition for name, keeper in self._keepers.items() if not keeper.is_finished}

    @property
    def is_ready(self) -> bool:
        return all(keeper.is_finished or keeper.condition.state is State.READY for keeper in self._keepers.values())

    def start(self) -> None:
        """Begin; each component waits for those it needs."""
        for keeper in self._keepers.values():
            needed = [self._keepers[name].done_once for name in keeper.part.after]
            self._tasks.append(asyncio.create_task(keeper.run(needed), name=keeper.part.name))

    async def stop(self, hurry: asyncio.Event) -> None:
        """Stop in reverse order: nobody loses what they need before they are gone themselves."""
        remaining = dict(self._keepers)
        while remaining:
            needed = {need for keeper in remaining.values() for need in _needs(keeper.part)}
            last = [name for name in remaining if name not in needed] or list(remaining)
            await asyncio.gather(*(remaining.pop(name).stop(hurry=hurry) for name in last))
        for task in self._tasks:
            # One that still waits for what it needs would wait for ever.
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for keeper in self._keepers.values():
            if not keeper.is_finished:
                keeper.condition = Condition.of(State.STOPPED, None, keeper.condition.restarts)
        self._on_change(self)


def _needs(part: Component | Step) -> tuple[str, ...]:
    return part.after if isinstance(part, Step) else part.after + part.uses


async def _is_working(probe: Probe, child: Child) -> bool:
    try:
        return await probe(child.started)
    except Exception:  # a check that breaks is a check that fails
        return False


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:500] if lines else type(error).__name__


def _ended(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"ended by signal {-status}"

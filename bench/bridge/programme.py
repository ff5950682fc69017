"""The order in which everything is measured. A part that fails says so, and leaves its figures empty."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from bench.bridge.browser import interrupt_in_browser
from bench.bridge.contestants import Contestant, Floor, Ours, Pipecat
from bench.bridge.findings import Findings
from bench.bridge.installation import Installation
from bench.bridge.interruption import Interruption, interrupt
from bench.bridge.patience import count_patient_cut_offs
from bench.bridge.peer_environment import PeerEnvironment
from bench.bridge.stretch import stretch
from bench.bridge.talk import LONG, SHORT, Talk, talk
from bench.percentiles import percentile

Who = Literal["floor", "pipecat", "ours"]

LOSS = 0.01
PART_WITHIN_S = 300
LATE_MS = 15.0
"""Callers whose packets leave later than this measure the machine instead of the bridge."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured. `calls` are numbers of calls; one call is always among them."""

    calls: tuple[int, ...] = (1, 16)
    one_call_s: float = 50.0
    many_calls_s: float = 25.0
    interruptions: int = 16
    interruptions_each: int = 2
    """Of each call, where there are many."""
    browser_interruptions: int = 12
    who: tuple[Who, ...] = ("floor", "pipecat", "ours")


QUICK = Extent(
    calls=(1, 4), one_call_s=12.0, many_calls_s=12.0, interruptions=5, interruptions_each=1, browser_interruptions=4
)


@dataclass(frozen=True, slots=True)
class _Part:
    who: Who
    name: str
    measure: Callable[[], Awaitable[None]]


class Programme:
    """`run` fills `findings`. `folder` takes the logs of what is started."""

    def __init__(self, extent: Extent, installation: Installation, folder: Path) -> None:
        self.findings = Findings()
        self._extent = extent
        self._installation = installation
        self._folder = folder
        self._pipecat = Pipecat(PeerEnvironment())

    async def run(self) -> None:
        for part in self._parts():
            if part.who not in self._extent.who:
                continue
            print(f"{part.name} (load {os.getloadavg()[0]:.1f})", flush=True)
            try:
                async with asyncio.timeout(PART_WITHIN_S):
                    await part.measure()
            except Exception as failure:
                # One contestant that fails must not cost the figures of the others.
                print(f"  failed: {_reason(failure)}", flush=True)

    def _parts(self) -> Sequence[_Part]:
        many = [calls for calls in self._extent.calls if calls > 1]
        most = max(self._extent.calls)
        return [
            _Part("floor", "aiortc echo, 1 call", lambda: self._measure_floor(1)),
            _Part("ours", "our bridge, 1 call", lambda: self._measure_ours(1)),
            _Part("pipecat", "pipecat, 1 call", self._measure_peer),
            _Part("ours", "our bridge, 1 call, 1 % of packets lost", self._measure_lossy),
            *(_Part("floor", f"aiortc echo, {calls} calls", _later(self._measure_floor, calls)) for calls in many),
            *(_Part("ours", f"our bridge, {calls} calls", _later(self._measure_ours, calls)) for calls in many),
            _Part("ours", f"our bridge, {most} calls, not recorded", lambda: self._measure_unrecorded(most)),
            _Part("ours", "our bridge in Chromium", self._measure_browser),
            _Part("pipecat", "pipecat in Chromium", self._measure_peer_browser),
            _Part("ours", "recorded answers, patient", self._measure_cut_offs),
        ]

    async def _measure_floor(self, calls: int) -> None:
        self.findings.floor[calls], _ = await self._measure(Floor(), calls, 0)

    async def _measure_ours(self, calls: int) -> None:
        extent = self._extent
        times = extent.interruptions if calls == 1 else extent.interruptions_each
        found = await self._measure(Ours(self._installation), calls, times)
        self.findings.ours[calls], self.findings.interruptions[calls] = found

    async def _measure_peer(self) -> None:
        self._pipecat.packages.ensure()
        found = await self._measure(self._pipecat, 1, self._extent.interruptions)
        self.findings.peer, self.findings.peer_interruptions = found

    async def _measure_lossy(self) -> None:
        self.findings.lossy, _ = await self._measure(Ours(self._installation), 1, 0, loss=LOSS)

    async def _measure_unrecorded(self, calls: int) -> None:
        contestant = Ours(self._installation, is_recorded=False)
        self.findings.unrecorded, _ = await self._measure(contestant, calls, 0)

    async def _measure_browser(self) -> None:
        self.findings.browser_ms = await self._measure_in_browser(Ours(self._installation))

    async def _measure_peer_browser(self) -> None:
        self._pipecat.packages.ensure()
        self.findings.peer_browser_ms = await self._measure_in_browser(self._pipecat)

    async def _measure_cut_offs(self) -> None:
        self.findings.cut_offs = found = await count_patient_cut_offs(self._folder)
        print(f"  {found} cut off", flush=True)

    async def _measure(
        self, contestant: Contestant, calls: int, times: int, *, loss: float = 0.0
    ) -> tuple[Talk, list[Interruption]]:
        extent = self._extent
        seconds, replies = (extent.one_call_s, SHORT) if calls == 1 else (extent.many_calls_s, LONG)
        async with stretch(contestant, calls, self._folder, loss=loss) as on:
            seen = await talk(on, seconds, replies)
            _print_talk(seen)
            interruptions = await interrupt(on, times)
        _print_interruptions(interruptions)
        if isinstance(contestant, Ours):
            print(f"  {contestant.require_kept()}", flush=True)
        return seen, interruptions

    async def _measure_in_browser(self, contestant: Contestant) -> list[float]:
        seen = await interrupt_in_browser(contestant, self._extent.browser_interruptions, self._folder)
        print(f"  silence in the page after {median(seen):.0f} ms (p50), {max(seen):.0f} ms at most", flush=True)
        return seen


def _later(measure: Callable[[int], Awaitable[None]], calls: int) -> Callable[[], Awaitable[None]]:
    return lambda: measure(calls)


def _reason(failure: BaseException) -> str:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return f"{type(failure).__name__}: {failure}"


def _print_talk(seen: Talk) -> None:
    words = [f"uplink {_spread(seen.uplink_ms)} ms"]
    if seen.downlink_ms:
        words.append(f"downlink {_spread(seen.downlink_ms)} ms")
        words.append(f"delivered {seen.delivered:.2%}")
        words.append(f"{seen.holes_ms:.0f} ms of holes, packets at most {seen.longest_gap_ms:.0f} ms apart")
    words.append(f"{seen.cpu_s_per_call_minute:.2f} s of processor time per call-minute")
    words.append(f"{seen.growth_mb_per_call:.1f} MB per call")
    for line in words:
        print(f"  {line}")
    if seen.late_ms > LATE_MS:
        print(f"  the callers themselves were late ({seen.late_ms:.0f} ms): the machine is too busy for true figures")


def _print_interruptions(seen: Sequence[Interruption]) -> None:
    if not seen:
        return
    errors = [entry.truncate_error_ms for entry in seen if entry.truncate_error_ms is not None]
    told = f"the model was told of {len(errors)}, at most {max(errors, default=0):.0f} ms off"
    print(f"  interrupted: silent after {_spread([entry.silence_ms for entry in seen])} ms; {told}", flush=True)


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.1f} (p99 {percentile(values, 99):.1f}, {len(values)} times)"

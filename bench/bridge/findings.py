"""What a run has found so far, and the figures that follow from it. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.bridge.interruption import Interruption
from bench.bridge.talk import Talk
from bench.percentiles import percentile


@dataclass(slots=True)
class Findings:
    """Empty where a part of the programme did not run, or failed. Talks are by number of calls."""

    floor: dict[int, Talk] = field(default_factory=dict)
    peer: Talk | None = None
    ours: dict[int, Talk] = field(default_factory=dict)
    lossy: Talk | None = None
    unrecorded: Talk | None = None
    peer_interruptions: list[Interruption] = field(default_factory=list)
    interruptions: dict[int, list[Interruption]] = field(default_factory=dict)
    peer_browser_ms: list[float] = field(default_factory=list)
    browser_ms: list[float] = field(default_factory=list)
    cut_offs: int | None = None

    def figures(self) -> dict[str, float | None]:
        """By name, in the order of the limits; None: not found."""
        floor, ours, peer = self.floor.get(1), self.ours.get(1), self.peer
        most = self.ours[max(self.ours)] if self.ours else None
        floor_ms = median(floor.uplink_ms) if floor else None
        return {
            "uplink_p50_over_floor": _ratio(_median(ours.uplink_ms) if ours else None, floor_ms),
            "uplink_p99_16_over_floor": _ratio(percentile(most.uplink_ms, 99) if most else None, floor_ms),
            "lossy_uplink_over_pipecat": _ratio(
                _median(self.lossy.uplink_ms) if self.lossy else None, _median(peer.uplink_ms) if peer else None
            ),
            "lossy_delivered": self.lossy.delivered if self.lossy else None,
            "downlink_over_pipecat": _ratio(
                _median(ours.downlink_ms) if ours else None, _median(peer.downlink_ms) if peer else None
            ),
            "barge_wire_over_pipecat": _ratio(
                _median([seen.silence_ms for seen in self.interruptions.get(1, ())]),
                _median([seen.silence_ms for seen in self.peer_interruptions]),
            ),
            "barge_chromium_over_pipecat": _ratio(_median(self.browser_ms), _median(self.peer_browser_ms)),
            "truncate_error_ms": self._truncate_error_ms(),
            "cpu_over_floor": self._cpu_over_floor(),
            "rss_mb_per_call": self.unrecorded.growth_mb_per_call if self.unrecorded else None,
            "rss_mb_per_call_recording": most.growth_mb_per_call if most else None,
            "underruns_16": most.holes_ms if most else None,
            "cut_offs": self.cut_offs,
        }

    def _truncate_error_ms(self) -> float | None:
        """The largest; a cut of which the model was not told is off without bound."""
        errors = [
            math.inf if seen.truncate_error_ms is None else seen.truncate_error_ms
            for interruptions in self.interruptions.values()
            for seen in interruptions
        ]
        return max(errors, default=None)

    def _cpu_over_floor(self) -> float | None:
        """At the number of calls where it is worst."""
        both = self.ours.keys() & self.floor.keys()
        ratios = [self.ours[calls].cpu_s_per_call_minute / self.floor[calls].cpu_s_per_call_minute for calls in both]
        return max(ratios, default=None)


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _ratio(value: float | None, reference: float | None) -> float | None:
    return None if value is None or not reference else value / reference

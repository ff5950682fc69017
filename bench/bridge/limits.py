"""What each figure must reach, and how a run is printed beside it. Pure."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    value: float
    meaning: str
    is_least: bool = False
    """Whether a figure must not be below, rather than not above."""

    def is_met(self, figure: float | None) -> bool:
        """A figure that was not found has reached nothing."""
        if figure is None or math.isnan(figure):
            return False
        return figure >= self.value if self.is_least else figure <= self.value

    def __str__(self) -> str:
        return f"{'>=' if self.is_least else '<='} {self.value:g}"


LIMITS = {
    "uplink_p50_over_floor": Limit(0.03, "caller to model, p50 / aiortc echo's round trip, one call"),
    "uplink_p99_16_over_floor": Limit(0.15, "caller to model, p99 with all calls / the same"),
    "lossy_uplink_over_pipecat": Limit(0.05, "caller to model, p50 at 1 % loss / pipecat's without loss"),
    "lossy_delivered": Limit(0.995, "share of the caller's sound that reached the model at 1 % loss", is_least=True),
    "downlink_over_pipecat": Limit(0.1, "model's first sound to the wire, p50 / pipecat's"),
    "barge_wire_over_pipecat": Limit(0.35, "speech_started to silence on the wire, p50 / pipecat's"),
    "barge_chromium_over_pipecat": Limit(0.5, "speech_started to silence in Chromium, p50 / pipecat's"),
    "truncate_error_ms": Limit(20, "what the model was told was heard / what arrived, the largest difference"),
    "cpu_over_floor": Limit(0.6, "processor time per call-minute, recording and journal on / aiortc echo's"),
    "rss_mb_per_call": Limit(3, "memory each call adds, not recorded"),
    "rss_mb_per_call_recording": Limit(12, "memory each call adds, recorded"),
    "underruns_16": Limit(0, "ms of silence inside replies, all calls together"),
    "cut_offs": Limit(1, "of 20 recorded answers with long pauses, cut off by a patient agent"),
}


def table(figures: Mapping[str, float | None]) -> list[str]:
    """One line for each figure."""
    lines: list[str] = []
    for name, limit in LIMITS.items():
        figure = figures[name]
        shown = "not measured" if figure is None else f"{figure:.4g}"
        verdict = "" if limit.is_met(figure) else "  MISSED"
        lines.append(f"{name:<28} {shown:>12}   {limit!s:<8} {limit.meaning}{verdict}")
    return lines


def last_line(figures: Mapping[str, float | None]) -> str:
    """All figures as one JSON object; null where there is none, or none that is finite."""
    kept = {name: figures[name] for name in LIMITS}
    return json.dumps(
        {name: round(value, 4) if value is not None and math.isfinite(value) else None for name, value in kept.items()}
    )


def is_all_met(figures: Mapping[str, float | None]) -> bool:
    return all(limit.is_met(figures[name]) for name, limit in LIMITS.items())

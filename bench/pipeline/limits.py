"""What each figure must reach, and how a run is printed beside it. Pure."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """Without `value` a figure is there to compare with, and may be anything."""

    meaning: str
    value: float | None = None
    is_least: bool = False
    """Whether a figure must not be below, rather than not above."""

    def is_met(self, figure: float | None) -> bool:
        """A figure that was not found has reached nothing."""
        if figure is None or math.isnan(figure):
            return False
        return self.value is None or (figure >= self.value if self.is_least else figure <= self.value)

    def __str__(self) -> str:
        return "-" if self.value is None else f"{'>=' if self.is_least else '<='} {self.value:g}"


LIMITS = {
    "summary_p50_s": Limit("hang-up of a ten-minute meeting to its summary in the database, p50", 3),
    "summary_p95_s": Limit("the same, p95", 6),
    "first_step_p50_s": Limit("hang-up to the start of the first step, p50", 1.5),
    "meetings_per_min": Limit("meetings ended at once, with a model that answers at once", 80, is_least=True),
    "stock_first_step_p50_s": Limit("hang-up to the start of the first step with Dagster's own launcher, p50"),
    "burst_completed": Limit("of 100 meetings ended at once, completed", 100, is_least=True),
    "search_p95_ms": Limit("lines found among 1,000,000, p95 of the person for whom it takes longest", 100),
    "ask_first_words_ms": Limit("question to the first words of the answer, 1,000 meetings of one person, p50", 300),
}


def table(figures: Mapping[str, float | None]) -> list[str]:
    """One line for each figure."""
    lines: list[str] = []
    for name, limit in LIMITS.items():
        figure = figures.get(name)
        shown = "not measured" if figure is None else f"{figure:.4g}"
        verdict = "missed" if not limit.is_met(figure) else "met" if limit.value is not None else ""
        lines.append(f"{name:<24} {shown:>12}   {limit!s:<8} {verdict:<7} {limit.meaning}")
    return lines


def last_line(figures: Mapping[str, float | None]) -> str:
    """All figures as one JSON object; null where there is none."""
    kept = {name: figures.get(name) for name in LIMITS}
    return json.dumps({name: round(value, 3) if value is not None else None for name, value in kept.items()})


def is_all_met(figures: Mapping[str, float | None]) -> bool:
    return all(limit.is_met(figures.get(name)) for name, limit in LIMITS.items())

"""What each figure of the pages must reach, and how a run is printed beside it. Pure."""

import json
from collections.abc import Mapping

from bench.pipeline.limits import Limit

LIMITS = {
    "js_kb": Limit("JavaScript of the dashboard as it is sent, kB", 380),
    "css_kb": Limit("CSS of the dashboard as it is sent, kB", 60),
    "first_data_s": Limit("opening the dashboard with an empty cache to its data on screen, p50", 1.2),
    "event_p95_ms": Limit("an event of one tab to its answer, p95", 5),
    "lighthouse_performance_min": Limit("of landing page, dashboard and results, desktop", 90, is_least=True),
    "lighthouse_accessibility_min": Limit("the same", 100, is_least=True),
    "lighthouse_best_practices_min": Limit("the same", 95, is_least=True),
    "list_p95_ms": Limit("list of 5,000 meetings among 1,000,000, p95", 100),
    "tabs_500_p95_ms": Limit("an event of one of 500 open tabs to its answer, p95", 10),
}
_TOLD = tuple(name for name in LIMITS if name != "lighthouse_best_practices_min")


def table(figures: Mapping[str, float | None]) -> list[str]:
    """One line for each figure."""
    lines: list[str] = []
    for name, limit in LIMITS.items():
        figure = figures.get(name)
        shown = "not measured" if figure is None else f"{figure:.4g}"
        verdict = "met" if limit.is_met(figure) else "missed"
        lines.append(f"{name:<30} {shown:>12}   {limit!s:<8} {verdict:<7} {limit.meaning}")
    return lines


def last_line(figures: Mapping[str, float | None]) -> str:
    """The figures as one JSON object; null where there is none."""
    kept = {name: figures.get(name) for name in _TOLD}
    return json.dumps({name: round(value, 3) if value is not None else None for name, value in kept.items()})


def is_all_met(figures: Mapping[str, float | None]) -> bool:
    return all(limit.is_met(figures.get(name)) for name, limit in LIMITS.items())

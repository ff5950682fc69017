"""`python -m bench.pipeline`: how soon results are there after a call, how many at once, and how questions bear size.

Prints what it sees, then each figure beside its limit; the last line is one JSON object. Exit code 1: a limit was
missed, or a figure could not be measured.
"""

import argparse
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import get_args

import psutil

from bench.percentiles import percentile
from bench.pipeline import asking, burst, hang_up, idle
from bench.pipeline.hang_up import Wait
from bench.pipeline.limits import is_all_met, last_line, table
from bench.pipeline.stage import Installation, Part, embedded_model, installed
from peak_app.wiring import Services
from tests.emulators.language_server import LanguageServer, language_server
from tests.integration.pipeline_stage import answer

BURST_WITHIN_S = 240
PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    meetings: int = 25
    stock_meetings: int = 5
    at_once: int = 100
    chunks: int = 1_000_000
    questions: int = 40


QUICK = Extent(meetings=6, stock_meetings=2, at_once=20, chunks=50_000, questions=10)


def measure_waits(installation: Installation, model: LanguageServer, meetings: int, launcher: str) -> list[Wait]:
    held = installation.someone()
    services = Services(installation.settings_for(model), "worker")
    with installation.pipeline("stock" if launcher == "stock" else "warm", model):
        # What a process does once is none of a meeting's waiting time.
        hang_up.hold(held, services, 0)
        waits = [hang_up.hold(held, services, seed) for seed in range(1, meetings + 1)]
    for wait in waits:
        print(
            f"  {launcher}: first step {wait.first_step_s:.2f} s, summary {wait.summary_s:.2f} s, "
            f"completed {wait.completed_s:.2f} s"
        )
    return waits


def measure(installation: Installation, extent: Extent, parts: Sequence[str]) -> dict[str, float | None]:
    figures: dict[str, float | None] = {}
    with embedded_model() as model:
        if "waits" in parts:
            waits = measure_waits(installation, model, extent.meetings, "warm")
            figures["summary_p50_s"] = median(wait.summary_s for wait in waits)
            figures["summary_p95_s"] = percentile([wait.summary_s for wait in waits], 95)
            figures["first_step_p50_s"] = median(wait.first_step_s for wait in waits)
        if "stock" in parts:
            stock = measure_waits(installation, model, extent.stock_meetings, "stock")
            figures["stock_first_step_p50_s"] = median(wait.first_step_s for wait in stock)
        if "idle" in parts:
            with installation.pipeline("warm", model) as stage:
                print("\n".join(idle.watch(stage.processes)))
    if "asking" in parts:
        figures.update(asking.measure(extent.chunks, extent.questions))
    if "burst" in parts:
        people = [installation.someone() for _ in range(PEOPLE)]
        with language_server(answer) as trivial, installation.pipeline("warm", trivial):
            burst.end_at_once(people, 2, BURST_WITHIN_S)
            seen = burst.end_at_once(people, extent.at_once, BURST_WITHIN_S)
        print(f"  {seen.completed} of {extent.at_once} completed, {seen.failed} failed, in {seen.seconds:.1f} s")
        figures["meetings_per_min"] = seen.per_minute
        figures["burst_completed"] = seen.completed
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.pipeline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="short and small: for development")
    parser.add_argument("--only", choices=get_args(Part), action="append", help="measure this part; may be repeated")
    options = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} cores, {platform.platform()}")
    with installed() as installation:
        figures = measure(installation, QUICK if options.quick else Extent(), options.only or get_args(Part))
    print("\n".join(["", *table(figures)]))
    print(last_line(figures))
    return int(not is_all_met(figures))


if __name__ == "__main__":
    sys.exit(main())

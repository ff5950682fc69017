"""`python -m bench.web`: what the pages weigh, how quick they are, and what Lighthouse says of them.

Prints what it sees, then each figure beside its limit; the last line is one JSON object. Exit code 1: a limit was
missed, or a figure was not measured.
"""

import argparse
import platform
import sys
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import uvloop
from playwright.sync_api import Browser, Playwright, sync_playwright

from bench.percentiles import percentile
from bench.product import running_product
from bench.web.judge import judge
from bench.web.limits import is_all_met, last_line, table
from bench.web.tabs import measure_many, measure_one
from bench.web.weight import open_cold
from pictures.tour import Seeded, Stop, prepare
from tests.e2e.browser import get_chromium

PARTS = ("weight", "events", "tabs", "lighthouse", "list")
JUDGED = ("index", "dashboard", "meetings/[meeting_id]")
OPENINGS = 7
EVENTS, EVENT_EVERY_S = 400, 0.04
TABS, TABS_EVENTS_PER_S, TABS_FOR_S = 500, 50.0, 30.0
"""Someone who looks at a page does something every ten seconds."""


def measure_weight(browser: Browser, seeded: Seeded) -> dict[str, float]:
    stop = _stop(seeded, "dashboard")
    # The first one finds the server with nothing in its own caches, as nobody else does.
    open_cold(browser, seeded, stop)
    seen = [open_cold(browser, seeded, stop) for _ in range(OPENINGS)]
    print(f"  data on screen after {', '.join(f'{opening.first_data_s:.2f}' for opening in seen)} s")
    return {
        "js_kb": max(opening.js_kb for opening in seen),
        "css_kb": max(opening.css_kb for opening in seen),
        "first_data_s": median(opening.first_data_s for opening in seen),
    }


def measure_events(seeded: Seeded) -> dict[str, float]:
    seen = _run(measure_one(seeded.origin, cookie_of(seeded), EVENTS, EVENT_EVERY_S))
    print(f"  {len(seen)} events: p50 {median(seen):.2f} ms, p95 {percentile(seen, 95):.2f} ms")
    return {"event_p95_ms": percentile(seen, 95)}


def measure_tabs(seeded: Seeded) -> dict[str, float]:
    seen = _run(measure_many(seeded.origin, cookie_of(seeded), TABS, TABS_EVENTS_PER_S, TABS_FOR_S))
    print(f"  {TABS} tabs, {len(seen)} events: p50 {median(seen):.2f} ms, p95 {percentile(seen, 95):.2f} ms")
    return {"tabs_500_p95_ms": percentile(seen, 95)}


def measure_lighthouse(playwright: Playwright, seeded: Seeded, runs: int) -> dict[str, float]:
    lowest: dict[str, float] = {}
    for route in JUDGED:
        scores = judge(playwright, seeded, _stop(seeded, route), runs)
        print(f"  {route}: {scores}", flush=True)
        for category, score in scores.items():
            name = f"lighthouse_{category.replace('-', '_')}_min"
            lowest[name] = min(score, lowest.get(name, 100))
    return lowest


def cookie_of(seeded: Seeded) -> str:
    session = seeded.sessions["demo"]
    assert session is not None
    return "; ".join(f"{cookie.get('name')}={cookie.get('value')}" for cookie in session.get("cookies", []))


def measure_list() -> dict[str, float]:
    # It takes a database of its own, and minutes: nobody who leaves it out waits for its import.
    return {"list_p95_ms": import_module("bench.web.meetings_list").measure_list()}


def measure(parts: Sequence[str], runs: int, origin: str | None, home: Path | None) -> dict[str, float]:
    figures: dict[str, float] = {}
    if set(parts) - {"list"}:
        with running_product(origin, home) as (at, kept), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=get_chromium(), args=["--no-sandbox"])
            seeded = prepare(browser, at, kept)
            if "weight" in parts:
                figures |= measure_weight(browser, seeded)
            browser.close()
            if "events" in parts:
                figures |= measure_events(seeded)
            if "tabs" in parts:
                figures |= measure_tabs(seeded)
            if "lighthouse" in parts:
                figures |= measure_lighthouse(playwright, seeded, runs)
    if "list" in parts:
        figures |= measure_list()
    return figures


def _run(measuring: Coroutine[Any, Any, list[float]]) -> list[float]:
    """In a thread of its own: the browser's driver keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(uvloop.run, measuring).result()


def _stop(seeded: Seeded, route: str) -> Stop:
    return next(stop for stop in seeded.stops if stop.route == route)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.web", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part; may be repeated")
    parser.add_argument("--runs", type=int, default=3, help="of Lighthouse over each page")
    parser.add_argument("--origin", help="of a running product to use instead of one of its own; needs --home")
    parser.add_argument("--home", type=Path, help="its PEAK_HOME")
    options = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} cores, {platform.platform()}")
    figures = measure(options.only or PARTS, options.runs, options.origin, options.home)
    print("\n".join(["", *table(figures)]))
    print(last_line(figures))
    return int(not is_all_met(figures))


if __name__ == "__main__":
    sys.exit(main())

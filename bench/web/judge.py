"""Lighthouse over pages of a running product, with its desktop preset, as someone who is signed in sees them."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median

from playwright.sync_api import BrowserContext, Playwright

from bench.product import free_port
from pictures.tour import Seeded, Stop
from tests.e2e.browser import get_chromium
from tests.npm_tools import LIGHTHOUSE, ensure, node, node_environment

CATEGORIES = ("performance", "accessibility", "best-practices")
JUDGED_WITHIN_S = 180


@contextmanager
def _browser(playwright: Playwright, seeded: Seeded, stop: Stop) -> Iterator[tuple[BrowserContext, int]]:
    """A Chromium that Lighthouse can use as well: it opens tabs of the default profile only."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="peak-lighthouse-") as profile:
        switches = ["--no-sandbox", f"--remote-debugging-port={port}"]
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=get_chromium(), args=switches, base_url=seeded.origin
        )
        session = seeded.sessions[stop.person]
        if session:
            context.add_cookies(session["cookies"])  # pyright: ignore[reportArgumentType, reportTypedDictNotRequiredAccess]
        try:
            yield context, port
        finally:
            context.close()


def judge(playwright: Playwright, seeded: Seeded, stop: Stop, runs: int) -> dict[str, float]:
    """Scores from 0 to 100 by category: of performance the median of all runs, otherwise the worst."""
    scores: dict[str, list[float]] = {category: [] for category in CATEGORIES}
    for _ in range(runs):
        # Each time a profile of its own: nothing is in its cache, no worker is installed.
        with _browser(playwright, seeded, stop) as (_, port):
            report = _report(f"{seeded.origin}{stop.path}", port)
        for category in CATEGORIES:
            scores[category].append(round(report["categories"][category]["score"] * 100, 1))
        for line in _lost(report):
            print(f"    {line}")
    return {name: median(seen) if name == "performance" else min(seen) for name, seen in scores.items()}


def _report(url: str, port: int) -> dict:
    program = ensure(LIGHTHOUSE) / "lighthouse" / "cli" / "index.js"
    command = [
        node(), str(program), url, f"--port={port}", "--preset=desktop", "--disable-storage-reset", "--quiet",
        "--output=json", "--output-path=stdout", f"--only-categories={','.join(CATEGORIES)}",
        "--no-enable-error-reporting",
    ]  # fmt: skip
    done = subprocess.run(
        command, env=node_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=JUDGED_WITHIN_S, check=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    if report.get("runtimeError"):
        raise RuntimeError(f"Lighthouse could not judge {url}: {report['runtimeError']['message']}")
    return report


def _lost(report: dict) -> Sequence[str]:
    """Which audits cost points of accessibility or best practices."""
    found: list[str] = []
    for category in CATEGORIES[1:]:
        for reference in report["categories"][category]["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
                items = (audit.get("details") or {}).get("items") or []
                found.append(f"{category}: {audit['title']} {json.dumps(items[:2])[:300]}")
    return found

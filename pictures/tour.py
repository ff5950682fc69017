"""A way through every page of the product that is registered, as people of a seeded installation see it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from peak_app.peak_app import app
from tests.e2e.visitor import Visitor

ROOT = Path(__file__).parents[1]
DEMO, OPERATOR = "demo@example.org", "operator@example.org"
RESULTS_WITHIN_MS = 120_000
_OPEN_TO_ALL = ("index", "login", "goodbye", "404")
_FINISHED, _PLANNED, _RECORDED = "meetings/[meeting_id]", "call/[meeting_id]", "operations/meetings/[meeting_id]"
_FOR_OPERATORS = ("operations", _RECORDED)

Person = Literal["nobody", "demo", "operator"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A page: its route as it is registered, an address of it with something to see, and who looks at it."""

    route: str
    path: str
    person: Person

    @property
    def name(self) -> str:
        """For file names."""
        return re.sub(r"[^a-z0-9]+", "-", self.route).strip("-")


@dataclass(frozen=True, slots=True)
class Seeded:
    """A running product with demonstration data, and the signed-in browsers of its people."""

    origin: str
    stops: tuple[Stop, ...]
    sessions: dict[Person, StorageState | None]

    def open(self, browser: Browser, stop: Stop, **options: object) -> Page:
        """The page in a browser of the right person, with its data on screen."""
        context = browser.new_context(
            base_url=self.origin,
            storage_state=self.sessions[stop.person],
            reduced_motion="reduce",
            permissions=["microphone", "camera"],
            **options,  # pyright: ignore[reportArgumentType]
        )
        page = context.new_page()
        page.goto(stop.path)
        settle(page)
        return page


def settle(page: Page) -> None:
    """Wait until nothing of the page is on its way any more."""
    expect(page.locator("h1").first).to_be_visible(timeout=20_000)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".rt-Skeleton:visible, [aria-busy=true]:visible")).to_have_count(0, timeout=20_000)


def registered_routes() -> list[str]:
    """Routes of all pages, in the order of the registry."""
    return list(app._unevaluated_pages)


def seed(home: Path, port: int) -> None:
    """Fill the demonstration account of a product."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_"))}
    told = kept | {"PEAK_HOME": str(home), "PEAK_PORT": str(port)}
    command = [sys.executable, "-m", "peak_app.cli.main", "seed"]
    subprocess.run(command, cwd=ROOT, env=told, stdout=subprocess.DEVNULL, timeout=120, check=True)


def prepare(browser: Browser, origin: str, home: Path) -> Seeded:
    """Seed the product, wait for the results, and sign its people in.

    Raises:
        KeyError: a route has a part nobody gave an example for.
    """
    operator = Visitor(browser, origin, OPERATOR)
    # The first person to sign in becomes the operator.
    operator.sign_in()
    seed(home, int(origin.rpartition(":")[2]))
    demo = Visitor(browser, origin, DEMO)
    demo.sign_in()
    examples = _examples(demo.page)
    stops = tuple(_stops(registered_routes(), examples))
    seeded = Seeded(
        origin,
        stops,
        {"nobody": None, "demo": demo.context.storage_state(), "operator": operator.context.storage_state()},
    )
    demo.close()
    operator.close()
    return seeded


def _examples(page: Page) -> dict[str, str]:
    """Addresses for routes with a part to fill in."""
    page.goto("/meetings")
    rows = page.locator("main tbody tr")
    expect(rows.filter(has_text="Completed").first).to_be_visible(timeout=RESULTS_WITHIN_MS)
    expect(rows.filter(has_text="Processing")).to_have_count(0, timeout=RESULTS_WITHIN_MS)
    finished = _address(rows.filter(has_text="Completed"))
    planned = _address(rows.filter(has_text="Scheduled"))
    page.goto("/agents")
    agent = page.locator("main a[href^='/agents/']").first.get_attribute("href") or ""
    return {
        _FINISHED: finished,
        _PLANNED: planned.replace("/meetings/", "/call/"),
        _RECORDED: f"/operations{finished}",
        "agents/[agent_id]": agent,
    }


def _address(rows: Locator) -> str:
    return rows.first.locator("a[href^='/meetings/']").first.get_attribute("href") or ""


def _stops(routes: list[str], examples: dict[str, str]) -> Iterator[Stop]:
    for route in routes:
        person: Person = "nobody" if route in _OPEN_TO_ALL else "operator" if route in _FOR_OPERATORS else "demo"
        if route == "404":
            path = "/no-such-page"
        elif "[" in route:
            path = examples[route]
        else:
            path = "/" if route == "index" else f"/{route}"
        yield Stop(route, path, person)

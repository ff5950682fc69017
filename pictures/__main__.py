"""`python -m pictures`: every page of a seeded product of its own, in light, in dark and at the width of a phone.

They go to `screenshots/`, which Git ignores. With `--publish`, the best of them replace those of the documents and of
the landing page.
"""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.product import running_product
from pictures.tour import ROOT, Seeded, prepare
from pictures.webp import to_webp
from tests.e2e.browser import get_chromium

FOLDER = ROOT / "screenshots"
LOOKS: dict[str, dict[str, object]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "is_mobile": True, "has_touch": True},
}
PUBLISHED = {
    "dashboard": ("dashboard", "light"),
    "meeting": ("meetings/[meeting_id]", "light"),
    "meeting-dark": ("meetings/[meeting_id]", "dark"),
    "agents": ("agents", "light"),
    "call": ("call/[meeting_id]", "dark"),
}
"""Names in docs/images: the route and the look they show."""
LANDING = {"landing-light": "light", "landing-dark": "dark"}
"""Names in assets: the look of the meeting page that the landing page shows."""
_SHOWN_BY_LANDING = "meetings/[meeting_id]"


def take(browser: Browser, seeded: Seeded, looks: list[str]) -> None:
    for look in looks:
        folder = FOLDER / look
        folder.mkdir(parents=True, exist_ok=True)
        for stop in seeded.stops:
            page = seeded.open(browser, stop, **LOOKS[look])
            _show_whole(page)
            page.screenshot(path=folder / f"{stop.name}.png")
            page.context.close()
            print(f"{look}/{stop.name}.png", flush=True)


def _show_whole(page: Page) -> None:
    """Make the window as high as the page: what sticks to it would end in the middle of the picture otherwise."""
    height = page.evaluate("document.documentElement.scrollHeight")
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.set_viewport_size({"width": width, "height": height})


def publish(browser: Browser, seeded: Seeded) -> None:
    """What fits a screen, as WebP."""
    chosen = [(ROOT / "docs/images" / f"{name}.webp", route, look) for name, (route, look) in PUBLISHED.items()]
    chosen += [(ROOT / "assets" / f"{name}.webp", _SHOWN_BY_LANDING, look) for name, look in LANDING.items()]
    stops = {stop.route: stop for stop in seeded.stops}
    for file, route, look in chosen:
        page = seeded.open(browser, stops[route], **LOOKS[look])
        file.write_bytes(to_webp(browser, page.screenshot()))
        page.context.close()
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1000:.0f} kB", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m pictures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--publish", action="store_true", help="replace the pictures of the documents and landing page")
    parser.add_argument("--look", choices=list(LOOKS), action="append", help="only this; may be repeated")
    parser.add_argument("--origin", help="of a running product to use instead of one of its own; needs --home")
    parser.add_argument("--home", type=Path, help="its PEAK_HOME")
    options = parser.parse_args()
    with running_product(options.origin, options.home) as (origin, home), sync_playwright() as playwright:
        switches = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = playwright.chromium.launch(executable_path=get_chromium(), args=switches)
        seeded = prepare(browser, origin, home)
        if options.publish:
            publish(browser, seeded)
        else:
            take(browser, seeded, options.look or list(LOOKS))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

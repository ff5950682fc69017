"""What the dashboard weighs, and how soon someone sees their data: in Chromium, with an empty cache."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from pictures.tour import Seeded, Stop, settle

# The greeting's name, the minutes and the lists come from the server; until then there are skeletons.
_WATCH = """
  const isThere = () => document.querySelector("main h1") && document.querySelector(".side-minutes .num")?.textContent
    && !document.querySelector("main .rt-Skeleton");
  const look = () => {
    if (window.peakFirstData || !isThere()) return;
    requestAnimationFrame(() => { window.peakFirstData ??= performance.now(); });
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
"""


@dataclass
class Weight:
    """Bytes as they came over the wire, by kind of file."""

    bytes_of: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _kinds: dict[str, str] = field(default_factory=dict)

    def watch(self, page: Page) -> None:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._note)
        session.on("Network.loadingFinished", self._add)

    def _note(self, event: dict[str, Any]) -> None:
        self._kinds[event["requestId"]] = event["type"]

    def _add(self, event: dict[str, Any]) -> None:
        self.bytes_of[self._kinds.get(event["requestId"], "?")] += round(event["encodedDataLength"])


@dataclass(frozen=True, slots=True)
class Opening:
    js_kb: float
    css_kb: float
    first_data_s: float


def open_cold(browser: Browser, seeded: Seeded, stop: Stop) -> Opening:
    """Open a page as someone who is signed in and has never been here."""
    context = browser.new_context(
        base_url=seeded.origin, storage_state=seeded.sessions[stop.person], viewport={"width": 1280, "height": 800}
    )
    try:
        page = context.new_page()
        weight = Weight()
        weight.watch(page)
        page.add_init_script(_WATCH)
        page.goto(stop.path)
        settle(page)
        first_data_ms = page.evaluate("window.peakFirstData")
        # What comes after the page counts as well: the palette's script, say.
        page.wait_for_timeout(500)
        return Opening(
            weight.bytes_of["Script"] / 1000, weight.bytes_of["Stylesheet"] / 1000, float(first_data_ms) / 1000
        )
    finally:
        context.close()

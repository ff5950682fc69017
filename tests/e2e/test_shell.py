"""The frame of the product: the command palette, the colours, and what stays in a browser without a network."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.visitor import Visitor

INSTRUCTIONS = "Ask me about conflicts at work, one question at a time."
_KEPT = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) found[new URL(request.url).pathname] = name;
  }
  return JSON.stringify(found);
}"""

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def ann(browser: Browser, visit: Callable[..., Visitor]) -> Visitor:
    visitor = visit(browser, permissions=["microphone", "camera"])
    visitor.sign_in()
    return visitor


@pytest.fixture
def online(ann: Visitor) -> Iterator[Page]:
    """Her page with the service worker in charge of it."""
    ann.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    ann.page.reload()
    ann.page.wait_for_load_state("networkidle")
    yield ann.page
    ann.context.set_offline(False)


def test_the_palette_leads_anywhere_by_the_keyboard_alone(ann: Visitor) -> None:
    page = ann.page
    ann.create_agent("Béa <b>Novák</b>", INSTRUCTIONS)
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search meetings, agents and pages")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="Dashboard")).to_have_attribute("aria-selected", "true")

    field.fill("nov")
    agent = page.get_by_role("option", name="Béa <b>Novák</b>")
    expect(agent).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", agent.get_attribute("id") or "?")
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)

    page.keyboard.press("Meta+k")
    field.fill("prog")
    found = page.get_by_role("listbox", name="Search meetings, agents and pages").get_by_role("option")
    expect(found).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/progress$"))

    page.get_by_role("button", name="Search").click()
    expect(agent).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(agent).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Béa <b>Novák</b>")).to_be_visible()

    page.keyboard.press("Control+k")
    field.fill("zzzz")
    expect(page.get_by_text("Nothing is called that. Try fewer letters.")).to_be_visible()


def test_the_palette_fits_a_phone(browser: Browser, visit: Callable[..., Visitor]) -> None:
    visitor = visit(browser, permissions=["microphone"])
    visitor.sign_in()
    page = visitor.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Search").click()
    page.get_by_role("option", name="Billing").click()
    expect(page).to_have_url(re.compile("/billing$"))
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_button_of_colours_changes_them_and_is_remembered(ann: Visitor) -> None:
    page = ann.page
    before = page.locator("html").get_attribute("class") or ""
    page.get_by_role("button", name="Toggle dark mode").click()
    after = "light" if "dark" in before else "dark"
    expect(page.locator("html")).to_have_class(re.compile(after))
    page.reload()
    expect(page.locator("html")).to_have_class(re.compile(after))


def test_without_a_network_there_is_a_page_that_says_so(online: Page, ann: Visitor) -> None:
    ann.context.set_offline(True)
    online.goto("/meetings")
    expect(online.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(online.get_by_role("button", name="Try again")).to_be_visible()
    # It comes back by itself.
    ann.context.set_offline(False)
    expect(online.get_by_role("heading", level=1, name="Meetings")).to_be_visible()


def test_nothing_personal_is_kept_before_or_after_signing_out(online: Page, ann: Visitor) -> None:
    ann.create_agent("Secret coach", INSTRUCTIONS)
    ann.page.goto("/meetings")
    ann.page.wait_for_load_state("networkidle")
    before = json.loads(online.evaluate(_KEPT))
    online.get_by_role("button", name="Sign out").click()
    expect(online.get_by_text("You are signed out.")).to_be_visible()
    after = json.loads(online.evaluate(_KEPT))
    assert "/offline" in before
    assert any(path.endswith(".js") for path in before)
    for path in before | after:
        assert re.fullmatch(r"/offline|/icon\.svg|/favicon\.svg|/retry\.js|/assets/[\w.-]+\.(js|css|woff2)", path)
        assert "reflex-env" not in path


def test_a_new_version_forgets_what_the_one_before_kept(online: Page) -> None:
    online.evaluate("caches.open('peak-shell-old').then((old) => old.put('/x', new Response('x')))")
    # Another address of the script is another worker, as another content is.
    online.evaluate("navigator.serviceWorker.register('/sw.js?newer').then(() => null)")
    for _ in range(100):
        if "peak-shell-old" not in json.loads(online.evaluate(_KEPT)).values():
            return
        online.wait_for_timeout(100)
    raise AssertionError("the old cache is still there")

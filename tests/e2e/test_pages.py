"""The pages around the call: names, refusals, and that nobody sees what is someone else's."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ROOT
from tests.e2e.visitor import Visitor

INSTRUCTIONS = "Ask me about conflicts at work, one question at a time."
PRIVATE = ("/dashboard", "/meetings", "/ask", "/agents", "/progress", "/billing", "/settings")

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def ann(browser: Browser, visit: Callable[..., Visitor]) -> Visitor:
    visitor = visit(browser, permissions=["microphone", "camera"])
    visitor.sign_in()
    return visitor


@pytest.fixture
def page(ann: Visitor) -> Page:
    return ann.page


def _overflow_px(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


_FONT_FILES = """() => [...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
  .filter(rule => rule instanceof CSSFontFaceRule)
  .map(rule => [rule.style.getPropertyValue("src").match(/url\\("?([^")]+)/)[1], rule.parentStyleSheet.href])
  .map(([address, sheet]) => new URL(address, sheet).href)"""


def test_the_typeface_comes_with_the_page(page: Page) -> None:
    loaded = page.evaluate("document.fonts.ready.then(fonts => [...fonts].map(face => [face.family, face.status]))")
    assert ["Inter Variable", "loaded"] in [[family.strip('"'), status] for family, status in loaded]
    files = page.evaluate(_FONT_FILES)
    assert files
    assert [file for file in files if page.request.get(file).status != 200] == []


def test_a_page_that_was_built_without_streams_keys_holds_nothing_of_stream(page: Page) -> None:
    assert page.request.get("/").ok
    # The one that is served was taken out last.
    built = max((ROOT / ".web" / "pages").iterdir(), key=lambda each: each.stat().st_mtime)
    files = [path for path in built.rglob("*") if path.suffix in (".js", ".jsx", ".css", ".html", ".map")]
    assert len(files) > 20
    assert [path.name for path in files if "stream-io" in path.read_text() or "hosted_" in path.name] == []


def test_navigation_leads_everywhere_and_says_where_one_is(page: Page) -> None:
    for path in PRIVATE:
        name = path[1:].capitalize()
        link = page.get_by_role("navigation", name="Main").get_by_role("link", name=name)
        link.click()
        expect(page).to_have_url(re.compile(f"{path}$"))
        expect(link).to_have_attribute("aria-current", "page")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto("/dashboard")
    expect(page.get_by_role("textbox", name="Email")).to_be_visible()


def test_every_page_fits_a_phone(browser: Browser, visit: Callable[..., Visitor]) -> None:
    visitor = visit(browser, viewport={"width": 390, "height": 844})
    page = visitor.page
    page.goto("/")
    expect(page.get_by_role("link", name="Start practising")).to_be_visible()
    assert _overflow_px(page) <= 0
    page.goto("/login")
    page.get_by_role("textbox", name="Email").fill(visitor.email)
    page.get_by_role("button", name="Email me a sign-in link").click()
    page.get_by_role("link", name="Open the local inbox").click()
    page.locator("article", has_text=visitor.email).get_by_role("link", name="Sign in").first.click()
    page.get_by_role("button", name="Continue").click()
    for path in PRIVATE:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert _overflow_px(page) <= 0, path
    page.get_by_role("button", name="Open menu").click()
    page.get_by_role("dialog").get_by_role("link", name="Meetings").click()
    expect(page).to_have_url(re.compile("/meetings$"))


def test_an_agent_is_made_changed_and_deleted(ann: Visitor) -> None:
    page = ann.page
    page.get_by_role("link", name="Agents", exact=True).click()
    page.get_by_role("button", name="New agent").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("Bea")
    dialog.get_by_role("button", name="Create agent").click()
    expect(dialog.get_by_role("alert")).to_have_text("Instructions can't be empty.")
    dialog.get_by_role("textbox", name="Name").fill("B" * 61)
    dialog.get_by_role("textbox", name="Instructions").fill(INSTRUCTIONS)
    dialog.get_by_role("button", name="Create agent").click()
    expect(dialog.get_by_role("alert")).to_contain_text("at most 60 characters; this has 61")
    dialog.get_by_role("textbox", name="Name").fill("Bea")
    dialog.get_by_role("button", name="Create agent").click()

    expect(page.get_by_role("heading", level=1, name="Bea")).to_be_visible()
    expect(page.get_by_label("Question bank")).to_be_visible()
    assert page.get_by_role("complementary").count() == 1
    page.get_by_role("textbox", name="Name").fill("Beatrice")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Version 2")).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Beatrice")

    page.get_by_role("button", name="Delete agent").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Yes, delete it").click()
    expect(page).to_have_url(re.compile("/agents$"))
    expect(page.get_by_role("heading", name="No coach yet")).to_be_visible()


def test_a_meeting_is_planned_found_and_cancelled(ann: Visitor) -> None:
    page = ann.page
    ann.create_agent("Bea", INSTRUCTIONS)
    page.get_by_role("link", name="Meetings", exact=True).click()
    page.get_by_role("button", name="New meeting").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Title").fill("Round one")
    dialog.get_by_role("button", name="Schedule").click()
    expect(dialog.get_by_role("alert")).to_have_text("Choose a date and a time to schedule the meeting.")
    dialog.get_by_label("Date and time").fill("2020-01-01T10:00")
    dialog.get_by_role("button", name="Schedule").click()
    expect(dialog.get_by_role("alert")).to_have_text("Choose a time between now and one year from now.")
    tomorrow = page.evaluate("new Date(Date.now() + 864e5).toISOString().slice(0, 16)")
    dialog.get_by_label("Date and time").fill(tomorrow)
    dialog.get_by_role("button", name="Schedule").click()

    expect(page.get_by_role("status").get_by_text("Scheduled", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Join meeting")).to_be_visible()
    page.get_by_role("link", name="Meetings", exact=True).first.click()
    page.get_by_role("searchbox", name="Search meetings").fill("no such meeting")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("searchbox", name="Search meetings").fill("round")
    page.get_by_role("link", name=re.compile("Round one")).click()
    page.get_by_role("button", name="Cancel meeting").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Yes, cancel it").click()
    expect(page.get_by_role("status").get_by_text("Cancelled", exact=True)).to_be_visible()


def test_an_agent_deleted_elsewhere_is_refused_in_an_open_dialog(ann: Visitor) -> None:
    page = ann.page
    ann.create_agent("Bea", INSTRUCTIONS)
    address = page.url
    page.get_by_role("button", name="New meeting").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Title").fill("Too late")
    other = ann.open_tab()
    other.goto(address)
    other.get_by_role("button", name="Delete agent").click()
    other.get_by_role("alertdialog").get_by_role("button", name="Yes, delete it").click()
    expect(other).to_have_url(re.compile("/agents$"))
    dialog.get_by_role("button", name="Start now").click()
    expect(page.get_by_text("A meeting needs someone to talk to.")).to_be_visible()


def test_nobody_sees_what_is_someone_elses(ann: Visitor, browser: Browser, visit: Callable[..., Visitor]) -> None:
    ann.create_agent("Secret coach", INSTRUCTIONS)
    agent_path = ann.page.url.removeprefix(ann.origin)
    meeting_id = ann.open_call("Secret meeting", "Secret coach")
    bob = visit(browser)
    bob.sign_in()
    for path, words in (
        (agent_path, "This agent doesn't exist"),
        (f"/meetings/{meeting_id}", "This meeting doesn't exist"),
        (f"/call/{meeting_id}", "This meeting doesn't exist"),
        ("/meetings/not-an-id", "This meeting doesn't exist"),
    ):
        bob.page.goto(path)
        expect(bob.page.get_by_role("heading", name=words)).to_be_visible()
        assert "Secret" not in bob.page.content()
    assert bob.context.request.get(f"/media/{meeting_id}/recording.webm").status == 404


def test_an_address_that_leads_nowhere_says_so(browser: Browser, visit: Callable[..., Visitor]) -> None:
    page = visit(browser).page
    page.goto("/no-such-page")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_a_revoked_browser_is_signed_out_at_once(ann: Visitor, browser: Browser, visit: Callable[..., Visitor]) -> None:
    second = visit(browser)
    second.email = ann.email
    second.sign_in()
    ann.page.goto("/settings")
    ann.page.get_by_role("button", name=re.compile("^Revoke")).click()
    expect(second.page.get_by_role("textbox", name="Email")).to_be_visible(timeout=15_000)
    ann.page.get_by_role("textbox", name="Name").fill("Ann Novak")
    ann.page.get_by_label("Time zone").select_option("Europe/Berlin")
    ann.page.get_by_role("button", name="Save changes").click()
    ann.page.get_by_role("link", name="Dashboard").click()
    expect(ann.page.get_by_role("heading", level=1, name=re.compile("Ann"))).to_be_visible()

"""WCAG 2.2 AA as far as a program can tell: axe-core reports nothing on any page, in light and in dark."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pictures.tour import Seeded, Stop, prepare, registered_routes, settle
from tests.e2e.axe.judge import violations

PLANNED = "Demo: Final round"
"""A meeting of the demonstration that is still to come."""
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def seeded(browser: Browser, product: str, product_home: Path) -> Seeded:
    return prepare(browser, product, product_home)


@pytest.fixture
def look(browser: Browser, seeded: Seeded) -> Iterator[Callable[..., Page]]:
    """Open a page by its route; all are closed at the end."""
    pages: list[Page] = []

    def open_page(route: str, viewport: dict[str, int] = DESKTOP) -> Page:
        pages.append(seeded.open(browser, stop_of(seeded, route), viewport=viewport, color_scheme="light"))
        return pages[-1]

    yield open_page
    for page in pages:
        page.context.close()


def stop_of(seeded: Seeded, route: str) -> Stop:
    return next(stop for stop in seeded.stops if stop.route == route)


def expect_nothing_reported(page: Page) -> None:
    reported: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.locator("html")).to_have_class(scheme)
        reported += [f"{scheme}: {line}" for line in violations(page)]
    assert reported == []


@pytest.mark.parametrize("route", registered_routes())
def test_nothing_is_reported_on_a_page(look: Callable[..., Page], route: str) -> None:
    expect_nothing_reported(look(route))


@pytest.mark.parametrize("route", registered_routes())
def test_a_page_fits_a_phone_and_nothing_is_reported_there(look: Callable[..., Page], route: str) -> None:
    page = look(route, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert violations(page) == []


def test_nothing_is_reported_on_the_tabs_of_results(look: Callable[..., Page]) -> None:
    page = look("meetings/[meeting_id]")
    for tab in page.get_by_role("tab").all():
        tab.click()
        settle(page)
        expect_nothing_reported(page)


@pytest.mark.parametrize(
    ("route", "button"),
    [
        ("meetings", "New meeting"),
        ("agents", "New agent"),
        ("meetings/[meeting_id]", "Export"),
        ("meetings/[meeting_id]", "Delete meeting"),
        ("agents/[agent_id]", "Delete agent"),
        ("agents/[agent_id]", "New meeting"),
        ("agents", "Preview"),
        ("dashboard", "Notifications"),
        ("dashboard", re.compile("^Practise this: ")),
        ("settings", "Delete my account"),
        ("meetings", f"Actions for {PLANNED}"),
    ],
)
def test_nothing_is_reported_with_a_dialog_open(
    look: Callable[..., Page], route: str, button: str | re.Pattern[str]
) -> None:
    page = look(route)
    page.get_by_role("button", name=button, exact=True).first.click()
    expect_nothing_reported_in_the_dialog(page)


@pytest.mark.parametrize("item", ["Reschedule", "Cancel meeting", "Delete meeting"])
def test_nothing_is_reported_in_what_the_menu_of_a_meeting_asks(look: Callable[..., Page], item: str) -> None:
    page = look("meetings")
    page.get_by_role("button", name=f"Actions for {PLANNED}").click()
    page.get_by_role("menuitem", name=item).click()
    expect(page.get_by_role("menu")).to_have_count(0)
    expect_nothing_reported_in_the_dialog(page)


def test_nothing_is_reported_when_several_meetings_are_selected_and_deleted(look: Callable[..., Page]) -> None:
    page = look("meetings")
    page.get_by_role("checkbox", name=f"Select {PLANNED}").check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    expect_nothing_reported(page)
    page.get_by_role("button", name="Delete", exact=True).click()
    expect_nothing_reported_in_the_dialog(page)


def test_nothing_is_reported_in_the_whole_form_of_an_agent(look: Callable[..., Page]) -> None:
    page = look("agents")
    page.get_by_role("button", name="Preview").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Use template").click()
    dialog = page.get_by_role("dialog", name="New agent")
    expect(dialog.get_by_role("textbox", name="Name", exact=True)).to_be_visible()
    closed = dialog.locator("details:not([open]) > summary:visible")
    while closed.count():
        closed.first.click()
    dialog.get_by_role("button", name="Add stage").click()
    dialog.get_by_role("button", name="Paste text").click()
    page.locator("[data-part=file]").last.set_input_files(
        {"name": "page.pdf", "mimeType": "application/pdf", "buffer": b"<html></html>"}
    )
    expect(dialog.get_by_role("alert")).to_contain_text("This is a web page")
    expect_nothing_reported_in_the_dialog(page)


def test_nothing_is_reported_when_a_file_that_is_no_agent_is_brought_in(
    look: Callable[..., Page], tmp_path: Path
) -> None:
    page = look("agents")
    (tmp_path / "agent.json").write_text("[]")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import").click()
    chooser.value.set_files(tmp_path / "agent.json")
    expect(page.get_by_role("alert").first).to_be_visible()
    settle_motion(page)
    expect_nothing_reported(page)


def test_nothing_is_reported_on_what_a_version_changed(look: Callable[..., Page]) -> None:
    page = look("agents/[agent_id]")
    page.get_by_role("textbox", name="Instructions").fill("Ask about one project.\nThen about another one.")
    page.get_by_role("button", name="Save changes").click()
    page.get_by_role("button", name="What changed").first.click()
    expect(page.locator(".diff-line").first).to_be_visible()
    expect_nothing_reported(page)


def test_nothing_is_reported_on_an_answer_and_the_question_before_it_is_cleared(look: Callable[..., Page]) -> None:
    page = look("ask")
    page.get_by_role("textbox", name="Ask about all meetings").fill("How did I move the database?")
    page.get_by_role("button", name="Ask", exact=True).click()
    clear = page.get_by_role("button", name="Clear conversation")
    expect(clear).to_be_visible(timeout=60_000)
    expect_nothing_reported(page)
    clear.click()
    expect_nothing_reported_in_the_dialog(page)


def expect_nothing_reported_in_the_dialog(page: Page) -> None:
    expect(page.locator("[role=dialog], [role=alertdialog], [role=menu]").first).to_be_visible()
    settle_motion(page)
    expect_nothing_reported(page)


def test_nothing_is_reported_with_the_palette_open(look: Callable[..., Page]) -> None:
    page = look("dashboard")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Demo: Final round")).to_be_visible()
    expect_nothing_reported(page)


def test_nothing_is_reported_with_the_menu_of_a_phone_open(look: Callable[..., Page]) -> None:
    page = look("dashboard", PHONE)
    page.get_by_role("button", name="Open menu").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    settle_motion(page)
    assert violations(page) == []


def settle_motion(page: Page) -> None:
    """Contrast is measured on what is there, and a dialog that fades in is half there."""
    page.wait_for_timeout(400)

"""WCAG 2.2 AA as far as a program can tell: axe-core reports nothing on any page, in light and in dark."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pictures.tour import Seeded, Stop, prepare, registered_routes, settle
from tests.e2e.axe.judge import violations

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
    ],
)
def test_nothing_is_reported_with_a_dialog_open(look: Callable[..., Page], route: str, button: str) -> None:
    page = look(route)
    page.get_by_role("button", name=button, exact=True).first.click()
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

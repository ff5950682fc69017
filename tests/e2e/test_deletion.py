"""A meeting is deleted on its page: asked first, gone at once, with a receipt that can be found again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def ann(browser: Browser, visit: Callable[..., Visitor]) -> Visitor:
    visitor = visit(browser, permissions=["microphone", "camera"])
    visitor.sign_in()
    return visitor


def _ask(page: Page) -> None:
    page.get_by_role("button", name="Delete meeting").click()


def test_a_meeting_is_deleted_with_all_that_came_of_it_and_leaves_a_receipt(ann: Visitor) -> None:
    page = ann.page
    ann.create_agent("Bea", "Ask me about conflicts at work, one question at a time.")
    meeting_id = ann.open_call("Not for long", "Bea")
    page.get_by_role("button", name="Join meeting").click()
    expect(page.get_by_role("log", name="Captions").locator("[data-speaker=agent]").first).to_be_visible(timeout=20_000)

    other = ann.open_tab()
    other.goto(f"/meetings/{meeting_id}")
    _ask(other)
    expect(other.get_by_text("This meeting is being held right now.")).to_be_visible()
    expect(other.get_by_role("alertdialog")).to_have_count(0)

    page.get_by_role("button", name="End meeting").click()
    expect(page.get_by_role("status").get_by_text("Completed", exact=True)).to_be_visible(timeout=60_000)
    _ask(page)
    dialog = page.get_by_role("alertdialog", name="Delete this meeting?")
    expect(dialog).to_contain_text("The minutes you used stay used.")
    dialog.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", level=1, name="Not for long")).to_be_visible()
    _ask(page)
    dialog.get_by_role("button", name="Yes, delete it").click()

    expect(page).to_have_url(re.compile("/meetings$"))
    expect(page.get_by_text("The meeting is deleted.")).to_be_visible()
    expect(page.get_by_role("heading", name="No meetings yet")).to_be_visible()
    expect(other.get_by_role("heading", name="This meeting doesn't exist")).to_be_visible()
    assert "Not for long" not in other.content()
    assert ann.context.request.get(f"/media/{meeting_id}/recording.webm").status == 404

    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Deleted meetings")).to_be_visible()
    receipt = page.locator("details", has_text="Everything was gone after")
    expect(receipt).to_be_visible(timeout=60_000)
    receipt.locator("summary").click()
    expect(receipt.get_by_role("row", name=re.compile("Files"))).to_contain_text("file")
    assert "Not for long" not in page.content()


def test_a_plan_is_deleted_and_its_address_leads_nowhere(ann: Visitor) -> None:
    page = ann.page
    ann.create_agent("Bea", "Ask me about conflicts at work, one question at a time.")
    meeting_id = ann.open_call("Never held", "Bea")
    page.goto(f"/meetings/{meeting_id}")
    _ask(page)
    page.get_by_role("alertdialog").get_by_role("button", name="Yes, delete it").click()

    expect(page).to_have_url(re.compile("/meetings$"))
    for path in (f"/meetings/{meeting_id}", f"/call/{meeting_id}"):
        page.goto(path)
        expect(page.get_by_role("heading", name="This meeting doesn't exist")).to_be_visible()

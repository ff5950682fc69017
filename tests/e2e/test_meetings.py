"""The list of meetings in a browser: plan, find, move, cancel, delete, and be told of it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def ann(browser: Browser, visit: Callable[..., Visitor]) -> Visitor:
    visitor = visit(browser)
    visitor.sign_in()
    visitor.create_agent("Bea", "Ask me about conflicts at work, one question at a time.")
    return visitor


def in_days(page: Page, days: int) -> str:
    """A date and time as fields hold it, in the time zone of a new account."""
    return page.evaluate(f"new Date(Date.now() + {days} * 864e5).toISOString().slice(0, 16)")


def plan(page: Page, title: str, days: int) -> None:
    page.get_by_role("link", name="Meetings", exact=True).first.click()
    page.get_by_role("button", name="New meeting").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Title").fill(title)
    dialog.get_by_label("Date and time").fill(in_days(page, days))
    dialog.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


def test_a_plan_is_found_moved_and_cancelled_and_the_address_always_says_what_is_shown(ann: Visitor) -> None:
    page = ann.page
    plan(page, "Round <b>one</b> 😀", 1)
    plan(page, "Second try", 2)
    page.goto("/meetings?state=sleeping&page=77&from=9999-99-99&sort=title")
    expect(page).to_have_url(re.compile(r"/meetings\?sort=title$"))
    rows = page.get_by_role("table").get_by_role("link")
    expect(rows).to_have_text(["Round <b>one</b> 😀", "Second try"])

    search = page.get_by_role("searchbox", name="Search meetings")
    search.press_sequentially("second", delay=30)
    expect(page).to_have_url(re.compile("q=second"))
    expect(rows).to_have_text(["Second try"])
    expect(search).to_be_focused()
    expect(search).to_have_value("second")
    page.get_by_label("State", exact=True).select_option(label="Cancelled")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("State", exact=True)).to_have_value("")
    expect(rows).to_have_text(["Second try"])
    page.reload()
    expect(search).to_have_value("second")
    page.get_by_label("From", exact=True).fill("2100-01-01")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("button", name="Clear filters").first.click()
    expect(rows).to_have_count(2)

    page.get_by_role("button", name="Actions for Second try").click()
    page.get_by_role("menuitem", name="Reschedule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Date and time").fill("2020-01-01T10:00")
    dialog.get_by_role("button", name="Save the new time").click()
    expect(dialog.get_by_role("alert")).to_have_text("Choose a time between now and one year from now.")
    dialog.get_by_label("Date and time").fill(in_days(page, 3))
    dialog.get_by_role("button", name="Save the new time").click()
    expect(dialog).to_be_hidden()

    page.get_by_role("button", name="Calendar", exact=True).click()
    expect(page).to_have_url(re.compile("view=calendar"))
    if page.get_by_role("link", name=re.compile("Second try")).count() == 0:
        page.get_by_role("link", name="Month after").click()
    page.get_by_role("link", name=re.compile("Second try")).first.click()

    expect(page.get_by_role("link", name="Join meeting")).to_be_visible()
    address = page.get_by_role("link", name="Add to calendar").get_attribute("href")
    answer = ann.context.request.get(str(address))
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "SEQUENCE:1" in answer.text()
    page.get_by_role("button", name="Cancel meeting").click()
    asked = page.get_by_role("alertdialog")
    asked.get_by_label("Reason").fill("The room is taken.")
    asked.get_by_role("button", name="Yes, cancel it").click()
    expect(page.get_by_role("status").get_by_text("Cancelled", exact=True)).to_be_visible()
    expect(page.get_by_text("The room is taken.")).to_be_visible()


def test_several_are_deleted_at_once_and_how_one_is_told_is_ones_own_choice(ann: Visitor) -> None:
    page = ann.page
    for number, title in enumerate(("Alpha", "Beta", "Gamma"), start=1):
        plan(page, title, number)
    page.get_by_role("link", name="Meetings", exact=True).first.click()
    page.get_by_role("checkbox", name="Select Alpha").check()
    page.get_by_role("checkbox", name="Select Beta").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    asked = page.get_by_role("alertdialog")
    expect(asked.get_by_role("heading", name="Delete 2 meetings?")).to_be_visible()
    asked.get_by_role("button", name="Yes, delete 2 meetings").click()
    expect(page.get_by_role("table").get_by_role("link")).to_have_text(["Gamma"])

    page.get_by_role("button", name="Notifications", exact=True).first.click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Settings").click()
    reminders = page.get_by_role("group", name="Reminders of planned meetings")
    reminders.get_by_label("1 hour").uncheck()
    page.get_by_role("button", name="Save notifications").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one time")
    reminders.get_by_label("1 day").check()
    page.get_by_role("button", name="Save notifications").click()
    expect(page.get_by_text("You will be told as you chose.")).to_be_visible()
    page.reload()
    expect(reminders.get_by_label("1 day")).to_be_checked()
    expect(reminders.get_by_label("1 hour")).not_to_be_checked()

    page.get_by_role("button", name="Make a feed").click()
    address = page.get_by_label("Address of your feed").input_value()
    path = address.removeprefix(ann.origin)
    feed = ann.browser.new_context(base_url=ann.origin)
    assert "SUMMARY:Gamma" in feed.request.get(path).text()
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("button", name="Make a feed")).to_be_visible()
    assert feed.request.get(path).status == 404
    feed.close()

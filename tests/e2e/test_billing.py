"""Upgrading and cancelling through the sandbox, and minutes that are seen to run while a call does."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def ann(browser: Browser, visit: Callable[..., Visitor]) -> Visitor:
    visitor = visit(browser, permissions=["microphone", "camera"])
    visitor.sign_in()
    return visitor


def test_upgrading_and_cancelling_again_without_any_money(ann: Visitor) -> None:
    page = ann.page
    page.get_by_role("link", name="Billing", exact=True).click()
    expect(page.get_by_role("heading", name="Plans")).to_be_visible()
    expect(page.get_by_text("no money moves")).to_be_visible()
    expect(page.get_by_role("complementary")).to_contain_text("60 of 60 min left")
    page.get_by_role("button", name="Upgrade").click()

    expect(page.get_by_role("note")).to_contain_text("no money moves", timeout=20_000)
    expect(page.get_by_text(ann.email)).to_be_visible()
    page.get_by_role("button", name="Let the card be declined").click()
    expect(page.get_by_role("alert")).to_contain_text("The card was declined.")
    page.get_by_role("button", name="Subscribe without paying").click()

    expect(page.get_by_text("You are on Plus now.")).to_be_visible(timeout=20_000)
    expect(page).to_have_url(re.compile(r"/billing$"))
    expect(page.get_by_role("complementary")).to_contain_text("600 of 600 min left")
    expect(page.get_by_role("button", name="Upgrade")).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("SANDBOX-"))).to_contain_text("Paid")

    page.get_by_role("button", name="Manage billing").click()
    page.get_by_role("button", name="Cancel at the end of the period").click()
    expect(page.get_by_text("Ends on")).to_be_visible()
    page.get_by_role("link", name="Back to PeakInterviewsAI").click()
    expect(page.get_by_text("Cancelled: it lasts until")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("complementary")).to_contain_text("600 of 600 min left")


def test_minutes_run_on_while_a_call_runs_and_are_in_the_ledger_afterwards(ann: Visitor) -> None:
    page = ann.page
    ann.create_agent("Bea", "Ask me about conflicts at work, one question at a time.")
    ann.open_call("Counted", "Bea")
    other = ann.open_tab()
    other.goto("/billing")
    expect(other.get_by_text("Nothing used yet")).to_be_visible()
    page.get_by_role("button", name="Join meeting").click()
    expect(page.get_by_role("log", name="Captions").locator("[data-speaker=agent]").first).to_be_visible(timeout=20_000)

    usage = other.get_by_role("main").locator(".minutes-used .num")
    expect(usage).to_have_text(re.compile(r"0 min \d+ s ?Counting"))
    # Counted on by the page itself: a moment later it says more.
    expect(usage).not_to_have_text(usage.inner_text(), timeout=5_000)
    expect(usage).to_have_text(re.compile(r"0 min [1-9]\d? s ?Counting"))

    page.get_by_role("button", name="End meeting").click()
    expect(other.get_by_role("link", name=re.compile("Counted"))).to_be_visible(timeout=60_000)
    expect(usage).not_to_contain_text("Counting")

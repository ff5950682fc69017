"""Passkeys in a browser, with the device that Chromium makes up for tests: added, used to sign in, and removed."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def ann(browser: Browser, product: str) -> Iterator[Visitor]:
    """At the name of this machine: browsers make no passkeys for a number."""
    visitor = Visitor(browser, product.replace("127.0.0.1", "localhost"), f"person-{uuid4().hex[:12]}@example.org")
    yield visitor
    visitor.close()
    assert visitor.failures == []


def give_device(page: Page) -> None:
    """From now on this tab has a device that knows its person."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible(timeout=15_000)


def test_one_adds_a_passkey_signs_in_by_it_and_removes_it(ann: Visitor, product: str) -> None:
    page = ann.page
    give_device(page)
    ann.sign_in()
    page.goto("/settings")
    page.get_by_role("textbox", name="What to call it").fill("Work laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("listitem").filter(has_text="Work laptop")).to_contain_text("added")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("has a passkey for this account already")
    sign_out(page)

    page.goto("/login?next=/agents")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Agents", exact=True, level=1)).to_be_visible(timeout=15_000)
    page.goto("/settings")
    expect(page.get_by_role("textbox", name="Email")).to_have_value(ann.email)
    page.get_by_role("button", name="Remove Work laptop").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    expect(page.get_by_role("button", name="Remove Work laptop")).to_have_count(0)
    sign_out(page)

    # The device still has it.
    page.goto("/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("isn't known here", timeout=15_000)
    page.goto("/dev/inbox")
    letters = page.locator("article", has_text=ann.email)
    expect(letters.filter(has_text="A passkey now signs in to your account")).to_have_count(1)
    expect(letters.filter(has_text="A passkey no longer signs in to your account")).to_have_count(1)

    # Where there are none, the page says so, or leads to where there are.
    old = ann.open_tab()
    old.add_init_script("delete window.PublicKeyCredential")
    old.goto("/login")
    expect(old.get_by_text("This browser has no passkeys.")).to_be_visible(timeout=15_000)
    page.goto(f"{product}/login")
    page.get_by_role("link", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile(rf"^{ann.origin}/login"))
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible(timeout=15_000)

"""Signing in by a provider, in a browser that follows every redirect; and linking one to an account."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.visitor import Visitor
from tests.emulators.oidc_provider import OidcDouble

pytestmark = pytest.mark.timeout(240)


def known_at(provider: OidcDouble, name: str, email: str, *, is_verified: bool = True) -> None:
    provider.people[name] = {"sub": uuid4().hex, "email": email, "email_verified": is_verified, "name": name}


def test_one_signs_in_by_a_provider_and_is_the_same_person_by_mail(
    browser: Browser, visit: Callable[..., Visitor], provider: OidcDouble
) -> None:
    ann = visit(browser)
    known_at(provider, "Ann Acme", ann.email)
    page = ann.page
    page.goto("/login?next=/agents")
    page.get_by_role("button", name="Acme").click()
    page.get_by_role("button", name="Sign in as Ann Acme").click()
    expect(page.get_by_role("heading", name="Agents", exact=True, level=1)).to_be_visible(timeout=15_000)
    page.goto("/settings")
    expect(page.get_by_role("button", name="Acme").first).to_be_visible()

    other = visit(browser)
    other.email = ann.email
    other.sign_in()
    other.page.goto("/settings")
    expect(other.page.get_by_text(ann.email).first).to_be_visible()
    expect(other.page.get_by_role("button", name="Sign out everywhere else")).to_be_visible()
    assert ann.failures + other.failures == []


def test_who_says_no_at_the_provider_is_told_so_and_may_try_again(
    browser: Browser, visit: Callable[..., Visitor], provider: OidcDouble
) -> None:
    bob = visit(browser)
    known_at(provider, "Bob Acme", bob.email)
    first, second = bob.page, bob.open_tab()
    for tab in (first, second):
        tab.goto("/login")
        tab.get_by_role("button", name="Acme").click()
        expect(tab.get_by_role("heading", name="Sign in to go on")).to_be_visible()
    first.get_by_role("button", name="Cancel").click()
    expect(first.get_by_role("alert")).to_be_visible(timeout=15_000)
    expect(first).to_have_url(re.compile("error=provider_denied"))
    # The other tab's question is still open.
    second.get_by_role("button", name="Sign in as Bob Acme").click()
    expect(second.get_by_role("link", name="Dashboard")).to_be_visible(timeout=15_000)
    assert bob.failures == []


def test_an_address_nobody_vouches_for_opens_no_account(
    browser: Browser, visit: Callable[..., Visitor], provider: OidcDouble
) -> None:
    eve = visit(browser)
    known_at(provider, "Eve Acme", eve.email, is_verified=False)
    page = eve.page
    page.goto("/login")
    page.get_by_role("button", name="Acme").click()
    page.get_by_role("button", name="Sign in as Eve Acme").click()
    expect(page.get_by_role("alert")).to_be_visible(timeout=15_000)
    page.goto("/dashboard")
    expect(page.get_by_role("textbox", name="Email")).to_be_visible(timeout=15_000)
    assert eve.failures == []

"""The sign-in landing and the local inbox in a real browser, under the real content security policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.e2e.browser import get_chromium
from tests.integration.web_stage import WebStage

EMAIL = "ann@example.org"


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=get_chromium(), args=["--no-sandbox"])
        yield browser.new_context()
        browser.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when anything is wrong on its console."""
    context.clear_cookies()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert complaints == []


def ask_for_link(page: Page, web: WebStage, next_path: str) -> None:
    """As the form of the sign-in page does."""
    answer = page.context.request.post(
        f"{web.origin}/auth/link",
        form={"email": EMAIL, "next": next_path},
        headers={"origin": web.origin},
        max_redirects=0,
    )
    assert answer.status == 303


def test_the_link_of_the_mail_signs_in_and_leaves_the_address_bar(web: WebStage, page: Page) -> None:
    ask_for_link(page, web, "/meetings")
    page.goto(f"{web.origin}/dev/inbox")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name="Continue").wait_for()
    page.wait_for_url(f"{web.origin}/auth/confirm")
    assert page.get_by_label("Link or six digits").is_hidden()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{web.origin}/meetings")
    names = {cookie.get("name"): cookie for cookie in page.context.cookies()}
    assert names["peak_session"].get("httpOnly") is True
    assert "peak_login" not in names


def test_digits_can_be_typed_where_there_is_no_link(web: WebStage, page: Page) -> None:
    ask_for_link(page, web, "/meetings")
    _, digits = web.browser().newest_mail(EMAIL)
    page.goto(f"{web.origin}/auth/confirm")
    page.get_by_label("Link or six digits").fill(digits)
    page.get_by_role("button", name="Continue").click()
    # To the end: a browser that is closed while it arrives may never say that it has closed.
    page.wait_for_url(f"{web.origin}/meetings")


def test_a_scripts_hash_lets_it_run(web: WebStage, page: Page) -> None:
    page.goto(f"{web.origin}/login")
    assert page.title() == "inline"


def test_no_other_script_runs(web: WebStage, context: BrowserContext) -> None:
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))
    page.goto(f"{web.origin}/auth/confirm")
    page.evaluate("() => document.body.append(Object.assign(document.createElement('script'), {text: 'ran = true'}))")
    assert page.evaluate("() => 'ran' in window") is False
    assert any("Content Security Policy" in text for text in refused)
    page.close()

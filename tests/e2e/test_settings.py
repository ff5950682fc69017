"""Settings: devices are tried, everything is taken away as one file, and an account is deleted with all there is."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def ann(browser: Browser, visit: Callable[..., Visitor]) -> Visitor:
    visitor = visit(browser, permissions=["microphone", "camera"])
    visitor.sign_in()
    return visitor


def test_devices_are_tried_and_the_choice_is_there_for_the_lobby(ann: Visitor) -> None:
    page = ann.page
    page.goto("/settings")
    navigation = page.get_by_role("navigation", name="Sections of the settings")
    navigation.get_by_role("link", name="Devices").click()
    expect(page).to_have_url(re.compile("/settings#devices$"))
    expect(page.get_by_role("combobox", name="Language of the pages")).to_be_disabled()
    expect(page.get_by_text("English is the only language there is so far.")).to_be_visible()

    page.get_by_role("button", name="Test devices").click()
    expect(page.get_by_text("Microphone is ready")).to_be_visible()
    meter = page.get_by_role("img", name="Level of your microphone")
    expect(meter).to_have_attribute("data-level", re.compile(r"0\.0[1-9]|0\.[1-9]\d|1\.00"))
    microphone = page.get_by_role("combobox", name="Microphone")
    other = microphone.get_by_role("option").nth(1).get_attribute("value")
    assert other
    microphone.select_option(other)
    page.get_by_role("button", name="Play a sound").click()
    page.get_by_role("button", name="Stop the test").click()
    expect(page.get_by_role("button", name="Test devices")).to_be_visible()

    ann.create_agent("Bea", "Ask me about conflicts at work, one question at a time.")
    ann.open_call("Devices", "Bea")
    expect(page.get_by_role("combobox", name="Microphone")).to_have_value(other)


def test_someone_takes_everything_away_and_leaves_for_good(ann: Visitor, browser: Browser, visit) -> None:
    page = ann.page
    page.goto("/settings")
    page.get_by_role("textbox", name="Name").fill("Ann שלום <b>")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    ann.create_agent("Bea", "Ask me about conflicts at work, one question at a time.")
    meeting_id = ann.open_call("=Round <one>", "Bea")

    page.goto("/settings")
    expect(page.get_by_text("stayed on this machine")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export my data").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        index = archive.read("index.html").decode()
        assert archive.testzip() is None
        assert "=Round &lt;one&gt;" in index
        assert "data/meeting.csv" in index
    assert ann.context.request.post("/api/account/archive", headers={"origin": "http://evil.example"}).status == 403

    other = visit(browser)
    other.email = ann.email
    other.sign_in()
    expect(other.page.get_by_role("link", name="Dashboard")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Sign out everywhere else")).to_be_visible()
    second_tab = ann.open_tab()
    second_tab.goto(f"/meetings/{meeting_id}")
    expect(second_tab.get_by_role("heading", level=1)).to_be_visible()

    page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("alertdialog", name="Delete your account?")
    expect(dialog).to_contain_text("all recordings")
    dialog.get_by_role("textbox", name="Your e-mail address").fill("someone@example.org")
    dialog.get_by_role("button", name="Yes, delete everything").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not the address of this account")
    dialog.get_by_role("textbox", name="Your e-mail address").fill(ann.email)
    dialog.get_by_role("button", name="Yes, delete everything").click()

    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/goodbye\?receipt="))
    expect(page.get_by_role("row", name=re.compile("^Meeting"))).to_contain_text("1")
    assert ann.email not in page.content()
    for tab in (second_tab, other.page):
        expect(tab).to_have_url(re.compile("/login"))
    assert ann.context.request.post("/api/account/archive", headers={"origin": ann.origin}).status == 401

    for _ in range(30):
        if not page.get_by_role("button", name="Look again").is_visible():
            break
        page.get_by_role("button", name="Look again").click()
        page.wait_for_timeout(2_000)
    expect(page.get_by_role("button", name="Look again")).to_have_count(0)
    inbox = ann.open_tab()
    inbox.goto("/dev/inbox")
    expect(inbox.locator("article", has_text=ann.email)).to_contain_text("Everything of your account is deleted")
    page.goto("/goodbye?receipt=" + "x" * 43)
    expect(page.get_by_role("heading", name="There is no such receipt")).to_be_visible()

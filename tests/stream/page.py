"""A product with Stream's keys in a browser: the page it builds, and what a person is told while Stream is not there.

The listener in Stream's place takes every request and gives no call: nobody comes in. Run by `make test-stream`.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.browser import get_chromium
from tests.e2e.conftest import FAKE_MEDIA, ROOT, free_port, wait_ready
from tests.e2e.visitor import Visitor
from tests.stream.rest import Listener, listening, refused

# The first page after a build comes slowly, and nothing here is about speed.
expect.set_options(timeout=30_000)

LOCKS = [ROOT / "reflex.lock" / name for name in ("package.json", "package-lock.json")]
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def stream() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture(scope="module")
def product(stream: Listener, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("peak")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_"))}
    environment |= {
        "PEAK_HOME": str(home),
        "PEAK_PORT": str(free_port()),
        "PEAK_STREAM_API_KEY": "key",
        "PEAK_STREAM_API_SECRET": "s" * 40,
        "PEAK_STREAM_URL": stream.url,
        "PEAK_PROVIDER_TIMEOUT_S": "5",
    }
    log = home / "launcher.log"
    before = [lock.read_bytes() for lock in LOCKS]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "peak_app.cli.main", "up"],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield wait_ready(process, log)
        assert [lock.read_bytes() for lock in LOCKS] == before, "a build for Stream changed the clone"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


@pytest.fixture(scope="module")
def visitor(product: str) -> Iterator[Visitor]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=get_chromium(), args=["--no-sandbox", "--disable-gpu", *FAKE_MEDIA]
        )
        visitor = Visitor(browser, product, "ann@example.org", {"permissions": ["microphone", "camera"]})
        visitor.sign_in()
        visitor.create_agent("Quiet coach", "Ask me one question about my last project.")
        yield visitor
        assert visitor.failures == []
        visitor.close()
        browser.close()


@pytest.fixture
def page(visitor: Visitor) -> Page:
    return visitor.page


def test_the_lobby_says_where_the_call_is_held_and_a_service_that_is_away_is_said(
    visitor: Visitor, page: Page, stream: Listener
) -> None:
    meeting_id = visitor.open_call("First talk", "Quiet coach")
    expect(page.get_by_text("The call is held in Stream Video")).to_be_visible()
    if pictures := os.environ.get("PICTURES"):
        page.screenshot(path=f"{pictures}/hosted-lobby.png")
    page.get_by_role("button", name="Join meeting").click()

    expect(page.get_by_role("alert")).to_contain_text("video service can't be reached", timeout=30_000)
    if pictures:
        page.screenshot(path=f"{pictures}/hosted-away.png")
    given = page.request.post(f"/api/calls/{meeting_id}/stream/pass", headers={"origin": visitor.origin})
    assert (given.status, given.json()["call_id"]) == (200, meeting_id)
    assert [body["data"]["custom"] for body in stream.bodies("POST", f"/call/default/{meeting_id}")]


def test_keys_that_are_not_taken_are_said(visitor: Visitor, page: Page, stream: Listener) -> None:
    page.goto("/meetings")
    visitor.open_call("Second talk", "Quiet coach")
    stream.answers["POST", "/users"] = refused(401)
    page.get_by_role("button", name="Join meeting").click()
    expect(page.get_by_role("alert")).to_contain_text("doesn't know our keys", timeout=30_000)


@pytest.mark.usefixtures("product")
def test_only_the_page_of_a_call_loads_streams_software() -> None:
    assets = max((ROOT / ".web" / "pages").iterdir(), key=lambda each: each.stat().st_mtime) / "build/client/assets"
    theirs = {path.name for path in assets.glob("*.js") if "stream-io" in path.read_text()}
    entries = [path for path in assets.glob("*.js") if path.name.startswith(("_", "root-", "entry."))]
    loading = [path.name for path in entries if any(name in path.read_text() for name in theirs)]

    assert [name.partition(".")[0] for name in loading] == ["_call_"]

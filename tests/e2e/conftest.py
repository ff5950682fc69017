"""A running product and a browser for the tests that go through the pages."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.browser import get_chromium
from tests.e2e.visitor import Visitor
from tests.emulators.oidc_provider import OidcDouble, oidc_provider
from tests.emulators.sign_in_pages import CLIENT_ID, CLIENT_SECRET

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 240
"""Long, because the first start in a clone builds the page."""
STOPPED_WITHIN_S = 60

FAKE_MEDIA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def product_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the product of these tests keeps its state; that of E2E_ORIGIN is named by E2E_HOME."""
    named = os.environ.get("E2E_HOME")
    return Path(named) if named else tmp_path_factory.mktemp("peak")


@pytest.fixture(scope="session")
def acme() -> Iterator[tuple[OidcDouble, str]]:
    """An OpenID Connect provider, which the product knows as Acme, and its issuer."""
    with oidc_provider() as double_and_issuer:
        yield double_and_issuer


@pytest.fixture
def provider(acme: tuple[OidcDouble, str]) -> OidcDouble:
    return acme[0]


@pytest.fixture(scope="session")
def product(product_home: Path, acme: tuple[OidcDouble, str]) -> Iterator[str]:
    """Origin of a product started by `peak up` for these tests alone, or of the one that E2E_ORIGIN names."""
    if running := os.environ.get("E2E_ORIGIN"):
        yield running.rstrip("/")
        return
    home, port = product_home, free_port()
    provider, issuer = acme
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_"))}
    environment |= {
        "PEAK_HOME": str(home),
        "PEAK_PORT": str(port),
        "PEAK_OIDC_ISSUER": issuer,
        "PEAK_OIDC_CLIENT_ID": CLIENT_ID,
        "PEAK_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "PEAK_OIDC_NAME": "Acme",
    }
    provider.redirect_uris = {f"http://127.0.0.1:{port}/auth/callback/oidc"}
    log = home / "launcher.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "peak_app.cli.main", "up"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield wait_ready(process, log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def wait_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end:
        said = log.read_text(errors="replace")
        if ready := re.search(r"^Ready: (http://\S+)", said, re.MULTILINE):
            return ready.group(1)
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise RuntimeError("The product did not become ready:\n" + log.read_text(errors="replace")[-4000:])


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


LaunchBrowser = Callable[..., Browser]


@pytest.fixture(scope="session")
def launch_browser(playwright: Playwright) -> Iterator[LaunchBrowser]:
    """Start a Chromium with further switches; all are closed at the end."""
    started: list[Browser] = []

    def launch(*switches: str) -> Browser:
        started.append(
            playwright.chromium.launch(
                executable_path=get_chromium(), args=["--no-sandbox", "--disable-gpu", *FAKE_MEDIA, *switches]
            )
        )
        return started[-1]

    yield launch
    for browser in started:
        browser.close()


@pytest.fixture(scope="session")
def browser(launch_browser: LaunchBrowser) -> Browser:
    """A Chromium whose fake microphone beeps."""
    return launch_browser()


@pytest.fixture
def visit(product: str) -> Iterator[Callable[..., Visitor]]:
    """Send a new person to the product: `visit(browser, **options of the context)`. Their pages must not throw."""
    visitors: list[Visitor] = []

    def send(browser: Browser, **options: object) -> Visitor:
        visitors.append(Visitor(browser, product, f"person-{uuid4().hex[:12]}@example.org", options))
        return visitors[-1]

    yield send
    failures = [failure for visitor in visitors for failure in visitor.failures]
    for visitor in visitors:
        visitor.close()
    assert failures == []

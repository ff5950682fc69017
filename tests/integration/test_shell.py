"""What makes the product installable, as the web process answers it to anyone."""

from collections.abc import Iterator

import pytest

from tests.conftest import ScratchDatabase
from tests.integration.web_stage import WebStage, running_web

ANN = "ann@example.org"


@pytest.fixture(scope="module")
def web(scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebStage]:
    folder = tmp_path_factory.mktemp("web")
    with running_web(scratch_database.settings, scratch_database.web_url, folder, {}) as web:
        yield web
        web.close_browsers()


def test_the_worker_is_a_script_for_the_whole_origin_and_is_asked_for_anew(web: WebStage) -> None:
    answer = web.browser().http.get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "worker-src 'self'" in answer.headers["content-security-policy"]
    assert "peak-shell-VERSION" not in answer.text
    assert answer.text == web.browser().http.get("/sw.js").text


def test_manifest_and_icons_are_there(web: WebStage) -> None:
    http = web.browser().http
    answer = http.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    for icon in answer.json()["icons"]:
        assert http.get(icon["src"]).headers["content-type"].startswith(icon["type"])


def test_the_page_without_a_network_is_the_same_for_everyone(web: WebStage, database: ScratchDatabase) -> None:
    browser = web.browser()
    browser.sign_in(ANN)
    signed_in = browser.http.get("/offline")
    assert signed_in.text == web.browser().http.get("/offline").text
    assert ANN not in signed_in.text


@pytest.mark.parametrize("path", ["/sw.js", "/manifest.webmanifest", "/offline"])
def test_they_are_only_read(web: WebStage, path: str) -> None:
    assert web.browser().http.post(path).status_code == 405

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import SecretStr

from peak_app.cli.checks.ai import ai
from peak_app.cli.checks.finding import Source, Verdict
from peak_app.config import Settings

Make = Callable[..., Settings]


class _Models(BaseHTTPRequestHandler):
    """Knows one key; notes nothing."""

    def do_GET(self) -> None:
        is_known = self.headers["Authorization"] == "Bearer sk-known" and self.path == "/v1/models"
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in the base class
        """Nothing."""


@pytest.fixture
def provider() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Models) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def _finding(make: Make, key: str, base: str):
    return ai(make(openai_api_key=SecretStr(key), openai_base_url=base))


def test_a_provider_that_does_not_answer_is_wrong_and_its_key_stays_unsaid(settings_for_tests: Make, silent_port: int):
    finding = _finding(settings_for_tests, "sk-hush", f"http://127.0.0.1:{silent_port}/v1")
    assert (finding.verdict, finding.settings) == (Verdict.WRONG, ("PEAK_OPENAI_BASE_URL",))
    assert "hush" not in finding.line()


def test_a_refused_key_is_wrong_and_the_setting_of_the_key_is_named(settings_for_tests: Make, provider: str):
    finding = _finding(settings_for_tests, "sk-hush", provider)
    assert (finding.verdict, finding.settings) == (Verdict.WRONG, ("PEAK_OPENAI_API_KEY",))
    assert "refuses" in finding.sentence
    assert "hush" not in finding.line()


def test_a_provider_that_takes_the_key_is_fine(settings_for_tests: Make, provider: str):
    finding = _finding(settings_for_tests, "sk-known", provider)
    assert (finding.verdict, finding.source) == (Verdict.OK, Source.CONFIGURED)


def test_without_keys_the_embedded_server_is_all_that_is_needed(settings_for_tests: Make):
    finding = ai(settings_for_tests())
    assert (finding.verdict, finding.source) == (Verdict.OK, Source.EMBEDDED)

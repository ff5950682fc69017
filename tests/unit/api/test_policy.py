"""What a browser may run, and where pages find their backend."""

import base64
import hashlib
from collections.abc import Callable

import pytest

from peak_app.api.frontend import hashes_of
from peak_app.api.headers import connections, content_policy
from peak_app.api.static_pages import readdressed
from peak_app.config import Settings


def directives() -> dict[str, str]:
    return dict(part.split(" ", 1) for part in content_policy("'sha256-x'").split("; "))


def test_only_our_own_scripts_run() -> None:
    assert directives()["script-src"] == "'self' 'sha256-x'"
    assert "unsafe-eval" not in content_policy("")
    assert directives()["object-src"] == directives()["frame-ancestors"] == "'none'"
    assert directives()["form-action"] == directives()["connect-src"] == "'self'"


def test_pages_talk_to_stream_only_where_calls_are_held_there(settings_for_tests: Callable[..., Settings]) -> None:
    switched_on = {"stream_api_key": "key", "stream_api_secret": "secret"}

    assert connections(settings_for_tests()) == "'self'"
    own = connections(settings_for_tests(**switched_on)).split()
    assert own[0] == "'self'"
    assert {each.partition("*.")[2] for each in own[1:]} == {"stream-io-api.com", "stream-io-video.com"}
    named = switched_on | {"stream_url": "https://video.example.org/x", "stream_ws_url": "wss://ws.example.org"}
    told = connections(settings_for_tests(**named)).split()
    assert set(told) - set(own) == {"https://video.example.org", "wss://video.example.org", "wss://ws.example.org"}


def test_inline_scripts_are_vouched_for_by_their_hash_and_files_are_not() -> None:
    html = b'<script>let a = 1;\n</script><script type="module">b()</script><script async src="/x.js"></script>'
    expected = {
        f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in (b"let a = 1;\n", b"b()")
    }
    assert hashes_of(html) == expected


@pytest.mark.parametrize(
    ("origin", "websocket"),
    [("https://peak.example.org", "wss://peak.example.org"), ("http://127.0.0.1:4321", "ws://127.0.0.1:4321")],
)
def test_one_build_serves_every_address(origin: str, websocket: str) -> None:
    built = 'a={PING:"http://localhost:3000/ping",EVENT:"ws://localhost:3000/_event",X:"http://127.0.0.1:8000/x"}'
    assert readdressed(built, origin) == f'a={{PING:"{origin}/ping",EVENT:"{websocket}/_event",X:"{origin}/x"}}'

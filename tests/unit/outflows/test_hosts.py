"""What counts as leaving this machine, and which hosts the settings lead to."""

from collections.abc import Callable

import pytest

from bridge.leaving import NOTHING_LEAVES, Leaving
from peak_app.config import Settings
from peak_app.domain.outflows.service import database_hosts, relay_hosts, voice_host
from peak_app.ports.outflows import Contact, host_of_url, outside_host

MakeSettings = Callable[..., Settings]


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "127.0.0.1",
        "127.8.9.1",
        "localhost",
        "LOCALHOST.",
        "peak.localhost",
        "::1",
        "[::1]",
        "/run/postgresql",
    ],
)
def test_this_machine_is_not_outside(host: str | None) -> None:
    assert outside_host(host) == ""


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("api.openai.com", "api.openai.com"),
        ("API.OpenAI.com.", "api.openai.com"),
        ("10.0.0.7", "10.0.0.7"),
        ("192.168.1.2", "192.168.1.2"),
        ("2001:db8::1", "2001:db8::1"),
        ("localhost.evil.example", "localhost.evil.example"),
        ("127.0.0.1.nip.io", "127.0.0.1.nip.io"),
    ],
)
def test_everything_else_is(host: str, name: str) -> None:
    assert outside_host(host) == name


def test_addresses_lead_to_hosts() -> None:
    assert host_of_url("https://user:pw@models.example.org:8443/v1") == "models.example.org"
    assert host_of_url("http://[2001:db8::2]:80/v1") == "2001:db8::2"
    for url in (None, "", "not an address", "http://[broken", "http://127.0.0.1:1"):
        assert not host_of_url(url)


def test_by_default_nothing_of_a_call_leaves(settings_for_tests: MakeSettings) -> None:
    settings = settings_for_tests()
    assert (voice_host(settings), relay_hosts(settings), database_hosts(settings)) == ("", [], [])
    leaving = leaving_of(settings)
    assert leaving.on_open() + leaving.on_attempt() + leaving.on_close(96_000) == []
    assert NOTHING_LEAVES.on_attempt() == []


def leaving_of(settings: Settings) -> Leaving:
    return Leaving(
        lambda _behalf, _contact: None, voice_host(settings), not settings.is_embedded_ai, tuple(relay_hosts(settings))
    )


def test_a_realtime_service_hears_the_call(settings_for_tests: MakeSettings) -> None:
    leaving = leaving_of(settings_for_tests(openai_api_key="sk-test"))
    assert leaving.on_attempt() == [Contact("api.openai.com", "voice")]
    assert leaving.on_close(4_800) == [Contact("api.openai.com", "voice", requests=0, sent_bytes=4_800)]
    own = leaving_of(settings_for_tests(openai_base_url="https://voice.example.org/v1"))
    assert own.on_attempt() == [Contact("voice.example.org", "voice")]
    assert leaving_of(settings_for_tests(openai_base_url="http://127.0.0.1:1/v1")).on_attempt() == []


def test_a_text_model_behind_the_embedded_server_is_given_words_and_no_sound(settings_for_tests: MakeSettings) -> None:
    leaving = leaving_of(settings_for_tests(llm_base_url="https://llm.example.org/v1"))
    assert leaving.on_attempt() == [Contact("llm.example.org", "text")]
    assert leaving.on_close(4_800) == []
    assert leaving_of(settings_for_tests(llm_base_url="http://localhost:11434/v1")).on_attempt() == []


def test_relays_and_far_databases_are_named(settings_for_tests: MakeSettings) -> None:
    settings = settings_for_tests(
        stun_urls="stun:stun.example.org:3478, stun:127.0.0.1:3478",
        turn_urls="turns:turn.example.org:5349?transport=tcp",
        turn_secret="s",
        database_url="postgresql://peak:secret@db.example.org:5432/peak",
    )
    assert relay_hosts(settings) == ["stun.example.org", "turn.example.org"]
    assert database_hosts(settings) == ["db.example.org"]
    assert database_hosts(settings_for_tests(database_url="postgresql://peak@/peak?host=/run/pg")) == []
    assert [contact.purpose for contact in leaving_of(settings).on_open()] == ["relay", "relay"]

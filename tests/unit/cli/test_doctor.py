import socket
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from peak_app.cli import doctor
from peak_app.cli.doctor import Verdict
from peak_app.config import Settings

Make = Callable[..., Settings]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port nobody listens on, and nobody else gets meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def test_a_mail_server_that_does_not_answer_is_wrong_and_none_is_fine(settings_for_tests: Make, silent_port: int):
    assert doctor._mail(settings_for_tests()).verdict is Verdict.NOTE
    finding = doctor._mail(settings_for_tests(smtp_host="127.0.0.1", smtp_port=silent_port))
    assert finding.verdict is Verdict.WRONG
    assert f"127.0.0.1:{silent_port}" in finding.sentence


def test_a_database_that_does_not_answer_is_wrong_and_its_password_stays_unsaid(
    settings_for_tests: Make, silent_port: int
):
    url = f"postgresql://me:hush-hush@127.0.0.1:{silent_port}/peak"
    finding = doctor._database(settings_for_tests(database_url=SecretStr(url)))
    assert finding.verdict is Verdict.WRONG
    assert "hush" not in finding.sentence


def test_a_provider_that_does_not_answer_is_wrong_and_its_key_stays_unsaid(settings_for_tests: Make, silent_port: int):
    base = f"http://127.0.0.1:{silent_port}/v1"
    finding = doctor._language(settings_for_tests(openai_api_key=SecretStr("sk-hush"), openai_base_url=base))
    assert finding.verdict is Verdict.WRONG
    assert "hush" not in finding.sentence


def test_without_keys_the_embedded_server_is_all_that_is_needed(settings_for_tests: Make):
    assert doctor._language(settings_for_tests()).verdict is Verdict.OK


def test_processes_of_a_product_that_does_not_run_are_only_noted(settings_for_tests: Make):
    assert doctor._processes(settings_for_tests(), "Bridge", ("bridge",)).verdict is Verdict.NOTE


def test_payments_half_configured_are_wrong_and_their_secrets_stay_unsaid(settings_for_tests: Make):
    half = doctor._billing(settings_for_tests(polar_access_token=SecretStr("polar-hush")))
    assert (half.verdict, "PEAK_POLAR_PRODUCT_ID" in half.sentence, "hush" in half.sentence) == (
        Verdict.WRONG,
        True,
        False,
    )
    keys = {"polar_access_token": SecretStr("a"), "polar_webhook_secret": SecretStr("b"), "polar_product_id": "c"}
    assert "through Polar" in doctor._billing(settings_for_tests(**keys)).sentence
    assert "without money" in doctor._billing(settings_for_tests()).sentence
    assert doctor._billing(settings_for_tests(public_url="https://peak.example.org")).verdict is Verdict.NOTE

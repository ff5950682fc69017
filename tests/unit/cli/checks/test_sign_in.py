from collections.abc import Callable

from pydantic import SecretStr

from peak_app.cli.checks.finding import Source, Verdict
from peak_app.cli.checks.sign_in import sign_in
from peak_app.config import Settings
from tests.emulators.github_server import github_server
from tests.emulators.oidc_provider import oidc_provider

Make = Callable[..., Settings]


def _oidc(make: Make, issuer: str) -> Settings:
    return make(oidc_issuer=issuer, oidc_client_id="c", oidc_client_secret=SecretStr("hush"), oidc_name="Acme")


def test_without_providers_the_settings_that_add_one_are_named(settings_for_tests: Make):
    finding = sign_in(settings_for_tests())
    assert (finding.verdict, finding.source) == (Verdict.OK, Source.OFF)
    assert "PEAK_OIDC_ISSUER" in finding.settings


def test_half_a_provider_is_wrong_and_the_other_half_is_named(settings_for_tests: Make):
    finding = sign_in(settings_for_tests(github_client_id="c"))
    assert (finding.verdict, finding.settings) == (Verdict.WRONG, ("PEAK_GITHUB_CLIENT_SECRET",))


def test_a_provider_that_answers_is_fine_and_told_what_it_must_know(settings_for_tests: Make):
    with oidc_provider() as (_, issuer):
        finding = sign_in(_oidc(settings_for_tests, issuer))
    assert finding.verdict is Verdict.OK
    assert "/auth/callback/oidc" in finding.sentence


def test_a_provider_of_another_name_or_without_an_answer_is_wrong(settings_for_tests: Make, silent_port: int):
    with oidc_provider() as (double, issuer):
        double.described["issuer"] = "https://evil.example.org"
        finding = sign_in(_oidc(settings_for_tests, issuer))
        assert (finding.verdict, finding.settings) == (Verdict.WRONG, ("PEAK_OIDC_ISSUER",))
        assert "somebody else" in finding.sentence
    finding = sign_in(_oidc(settings_for_tests, f"http://127.0.0.1:{silent_port}"))
    assert finding.verdict is Verdict.WRONG
    assert "hush" not in finding.line()


def test_github_that_answers_is_fine(settings_for_tests: Make):
    with github_server() as (_, url):
        known = settings_for_tests(
            github_url=url, github_api_url=url, github_client_id="c", github_client_secret=SecretStr("hush")
        )
        assert sign_in(known).verdict is Verdict.OK

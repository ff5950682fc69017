from collections.abc import Callable

from peak_app.cli.checks.finding import Verdict
from peak_app.cli.checks.passkeys import passkeys
from peak_app.config import Settings

Make = Callable[..., Settings]


def test_it_is_said_where_passkeys_are_good(settings_for_tests: Make):
    finding = passkeys(settings_for_tests(public_url="https://peak.example.org"))
    assert (finding.verdict, finding.settings) == (Verdict.OK, ("PEAK_PUBLIC_URL",))
    assert "https://peak.example.org" in finding.sentence
    assert "http://localhost:3000" in passkeys(settings_for_tests()).sentence


def test_an_address_that_browsers_make_none_for_is_worth_a_note(settings_for_tests: Make):
    for public_url in ("http://peak.example.org", "https://192.0.2.1"):
        finding = passkeys(settings_for_tests(public_url=public_url))
        assert (finding.verdict, finding.settings) == (Verdict.NOTE, ("PEAK_PUBLIC_URL",))
        assert public_url in finding.sentence

from collections.abc import Callable

from pydantic import SecretStr

from peak_app.cli.checks.billing import billing
from peak_app.cli.checks.finding import Source, Verdict
from peak_app.config import Settings

Make = Callable[..., Settings]


def test_payments_half_configured_are_wrong_and_their_secrets_stay_unsaid(settings_for_tests: Make):
    half = billing(settings_for_tests(polar_access_token=SecretStr("polar-hush")))
    assert half.verdict is Verdict.WRONG
    assert "PEAK_POLAR_PRODUCT_ID" in half.settings
    assert "hush" not in half.line()


def test_who_sells_the_paid_plan_is_said(settings_for_tests: Make):
    keys = {"polar_access_token": SecretStr("a"), "polar_webhook_secret": SecretStr("b"), "polar_product_id": "c"}
    polar = billing(settings_for_tests(**keys))
    assert (polar.source, "through Polar" in polar.sentence) == (Source.CONFIGURED, True)
    sandbox = billing(settings_for_tests())
    assert (sandbox.source, "without money" in sandbox.sentence) == (Source.EMBEDDED, True)
    nobody = billing(settings_for_tests(public_url="https://peak.example.org"))
    assert (nobody.source, nobody.verdict) == (Source.OFF, Verdict.NOTE)

"""Who sells the paid plan."""

from importlib.metadata import version

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.config import Settings
from peak_app.domain.billing.sandbox import has_sandbox

_KEYS = ("PEAK_POLAR_ACCESS_TOKEN", "PEAK_POLAR_WEBHOOK_SECRET", "PEAK_POLAR_PRODUCT_ID")


def billing(settings: Settings) -> Finding:
    plan, sdk = f"free plan, {settings.free_minutes} minutes a month", f"polar-sdk {version('polar-sdk')}"
    if settings.has_polar:
        sentence = f"{plan}; upgrades through Polar ({settings.polar_environment}, {sdk})"
        return Finding("Billing", Verdict.OK, sentence, Source.CONFIGURED, _KEYS)
    if has_sandbox(settings):
        sentence = f"{plan}; upgrades through the sandbox, without money ({sdk})"
        return Finding("Billing", Verdict.OK, sentence, Source.EMBEDDED, _KEYS)
    if settings.polar_access_token or settings.polar_webhook_secret or settings.polar_product_id:
        return Finding("Billing", Verdict.WRONG, "Polar is half configured: set all, or none", Source.CONFIGURED, _KEYS)
    return Finding("Billing", Verdict.NOTE, f"{plan}; no payment provider, so nobody can upgrade", Source.OFF, _KEYS)

"""Where passkeys are good."""

from peak_app.cli.checks.finding import Finding, Verdict
from peak_app.config import Settings
from peak_app.domain.passkeys.site import passkey_site


def passkeys(settings: Settings) -> Finding:
    """Follows from the public address alone."""
    site = passkey_site(settings)
    if site is None:
        sentence = f"browsers make none for {settings.origin}: they want https and a name"
        return Finding("Passkeys", Verdict.NOTE, sentence, settings=("PEAK_PUBLIC_URL",))
    return Finding("Passkeys", Verdict.OK, f"made and good at {site.origin} alone", settings=("PEAK_PUBLIC_URL",))

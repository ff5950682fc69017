"""Which providers people may sign in by, as far as the settings say so. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from peak_app.config import Settings
from peak_app.i18n.catalogue import t

GOOGLE, GITHUB, OIDC = "google", "github", "oidc"

_NEEDED: Mapping[str, tuple[str, ...]] = {
    GOOGLE: ("google_client_id", "google_client_secret"),
    GITHUB: ("github_client_id", "github_client_secret"),
    OIDC: ("oidc_issuer", "oidc_client_id", "oidc_client_secret"),
}
"""Fields of the settings that each needs, all of them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider with everything it needs. `name` stands in addresses, `label` on its button."""

    name: str
    label: str


def list_offers(settings: Settings) -> list[Offer]:
    """Providers that are set up, in the order of their buttons."""
    labels = {GOOGLE: t("identities.google"), GITHUB: t("identities.github"), OIDC: settings.oidc_name}
    return [Offer(name, labels[name]) for name, fields in _NEEDED.items() if not _missing(settings, fields)]


def half_set(settings: Settings) -> dict[str, list[str]]:
    """Providers that something is set of and something is missing, with the missing variables of the environment."""
    missing = {name: _missing(settings, fields) for name, fields in _NEEDED.items()}
    return {
        name: [f"PEAK_{field.upper()}" for field in fields]
        for name, fields in missing.items()
        if fields and len(fields) < len(_NEEDED[name])
    }


def callback_path(name: str) -> str:
    """Where providers send browsers back to."""
    return f"/auth/callback/{name}"


def _missing(settings: Settings, fields: tuple[str, ...]) -> list[str]:
    return [field for field in fields if not getattr(settings, field)]

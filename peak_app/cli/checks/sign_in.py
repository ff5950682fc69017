"""Providers people may sign in by, besides the mail."""

import httpx

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.config import Settings
from peak_app.domain.identities.offers import GITHUB, GOOGLE, OIDC, callback_path, half_set, list_offers
from peak_app.this_machine import is_loopback

_WAIT_S = 5.0
_ADDRESSES = {GOOGLE: "PEAK_GOOGLE_CLIENT_ID", GITHUB: "PEAK_GITHUB_URL", OIDC: "PEAK_OIDC_ISSUER"}


def sign_in(settings: Settings) -> Finding:
    """Asks each provider for its description. Whether it knows the client, only a person who signs in finds out."""
    missing = tuple(name for names in half_set(settings).values() for name in names)
    if missing:
        sentence = f"a provider is set up by half: {' and '.join(missing)} missing"
        return Finding("Sign-in", Verdict.WRONG, sentence, Source.CONFIGURED, missing)
    offers = list_offers(settings)
    if not offers:
        change = ("PEAK_OIDC_ISSUER", "PEAK_GOOGLE_CLIENT_ID", "PEAK_GITHUB_CLIENT_ID")
        return Finding("Sign-in", Verdict.OK, "by links in mails", Source.OFF, change)
    for offer in offers:
        problem = _problem(settings, offer.name)
        if problem:
            sentence = f"{offer.label} {problem}"
            return Finding("Sign-in", Verdict.WRONG, sentence, Source.CONFIGURED, (_ADDRESSES[offer.name],))
    back = ", ".join(f"{settings.origin}{callback_path(offer.name)}" for offer in offers)
    sentence = f"{', '.join(offer.label for offer in offers)} can be reached; must know the redirect URI {back}"
    return Finding("Sign-in", Verdict.OK, sentence, Source.CONFIGURED, tuple(_ADDRESSES[each.name] for each in offers))


def _problem(settings: Settings, name: str) -> str:
    """What is wrong with a provider; empty: nothing that can be seen from here."""
    url = {
        GITHUB: settings.github_url or "https://github.com",
        GOOGLE: settings.google_url or "https://accounts.google.com",
    }.get(name, settings.oidc_issuer or "").rstrip("/")
    is_described = name != GITHUB
    asked = f"{url}/.well-known/openid-configuration" if is_described else f"{url}/login/oauth/authorize"
    try:
        with httpx.Client(timeout=_WAIT_S, trust_env=not is_loopback(httpx.URL(url).host)) as client:
            answer = client.get(asked)
            issuer = answer.json().get("issuer") if is_described and answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError, AttributeError) as error:
        return f"at {url} can't be reached or makes no sense ({type(error).__name__})"
    if answer.status_code >= 500 or (is_described and answer.status_code != 200):
        return f"at {url} answers {answer.status_code}"
    if is_described and str(issuer).rstrip("/") != url:
        return f"at {url} says it is somebody else"
    return ""

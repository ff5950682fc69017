"""TURN servers, for people whose network lets no call through."""

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.config import Settings

_SECRETS = ("PEAK_TURN_SECRET", "PEAK_TURN_USERNAME", "PEAK_TURN_PASSWORD")


def turn(settings: Settings) -> Finding:
    """Whether calls find a way: asks no server, since only a call shows whether media pass."""
    has_user = bool(settings.turn_username and settings.turn_password)
    if settings.turn_urls and not (settings.turn_secret or has_user):
        sentence = "servers are set, but nothing that opens them: set a secret, or a user and password"
        return Finding("TURN", Verdict.WRONG, sentence, Source.CONFIGURED, _SECRETS)
    if settings.ice_transport_policy == "relay" and not settings.turn_urls:
        sentence = "calls may only use TURN servers, and none is set"
        return Finding("TURN", Verdict.WRONG, sentence, Source.OFF, ("PEAK_TURN_URLS", "PEAK_ICE_TRANSPORT_POLICY"))
    if settings.turn_urls:
        sentence = f"calls may go through {settings.turn_urls}"
        return Finding("TURN", Verdict.OK, sentence, Source.CONFIGURED, ("PEAK_TURN_URLS",))
    sentence = "no server is set; people behind strict firewalls can't hold calls"
    return Finding("TURN", Verdict.NOTE, sentence, Source.OFF, ("PEAK_TURN_URLS",))

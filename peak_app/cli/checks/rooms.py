"""Where calls are held: by us, or in Stream Video."""

from importlib.metadata import PackageNotFoundError, version

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.config import Settings
from peak_app.ports.rooms import RoomsUnavailable

_KEYS = ("PEAK_STREAM_API_KEY", "PEAK_STREAM_API_SECRET")
_WAIT_S = 5.0


def rooms(settings: Settings) -> Finding:
    """Asks Stream for something that only the right keys open."""
    key, secret = settings.stream_api_key, settings.stream_api_secret
    if key is None or secret is None:
        if key is None and secret is None:
            return Finding("Rooms", Verdict.OK, "calls go straight to the bridge", Source.EMBEDDED, _KEYS)
        return Finding("Rooms", Verdict.WRONG, "Stream is half configured: set both, or none", Source.CONFIGURED, _KEYS)
    try:
        sdk = f"getstream {version('getstream')}"
    except PackageNotFoundError:
        sentence = "calls are held in Stream Video, and its software is not installed: pip install '.[stream]'"
        return Finding("Rooms", Verdict.WRONG, sentence, Source.CONFIGURED, _KEYS)
    from peak_app.adapters.stream.rooms import StreamAccess, StreamRooms  # noqa: PLC0415 - takes a while to load

    access = StreamAccess(key, secret.get_secret_value(), settings.stream_url, _WAIT_S)
    try:
        StreamRooms(access).check_keys()
    except RoomsUnavailable as error:
        change = _KEYS if not error.retryable else ("PEAK_STREAM_URL",)
        return Finding("Rooms", Verdict.WRONG, f"Stream ({sdk}): {error.sentence}", Source.CONFIGURED, change)
    hook = f"{settings.origin}/api/webhooks/stream"
    sentence = f"Stream Video takes the keys ({sdk}); it must know the webhook {hook}"
    return Finding("Rooms", Verdict.OK, sentence, Source.CONFIGURED, _KEYS)

"""What the AI server counts for Prometheus."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram

from peak_app.metrics.page import new_registry

REGISTRY = new_registry()

_sessions = Gauge("peak_ai_sessions", "Voice sessions that run.", registry=REGISTRY)
_places = Gauge("peak_ai_places", "Voice sessions that can run at once.", registry=REGISTRY)
_transcription = Histogram(
    "peak_ai_transcription_seconds",
    "Time to write down one piece of speech.",
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5),
    registry=REGISTRY,
)
_speech = Counter("peak_ai_transcribed_speech_seconds", "Speech that was written down.", registry=REGISTRY)


def watch(taken: Callable[[], int], most: int) -> None:
    """Show the places for voice sessions. `taken` is called on another thread whenever someone reads."""
    _sessions.set_function(taken)
    _places.set(most)


@contextmanager
def transcribing(speech_s: float) -> Iterator[None]:
    """Around the recognition of so much speech. From any thread."""
    with _transcription.time():
        yield
    _speech.inc(speech_s)

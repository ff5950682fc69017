"""A person as a microphone hears them: the bundled voice with pauses, in a room that is never quite silent."""

from collections.abc import Sequence

import numpy as np
from hibari import Hibari

from peak_app.embedded.ai_server.speech.pcm import VOICE_RATE_HZ, Samples, to_pcm

_AUDIBLE = 400 / 32768
_MARGIN = VOICE_RATE_HZ * 20 // 1000
_NOISE = 0.0006
"""Level of the room. Without it the voice's own breath, which no microphone would catch, counts as speech."""


class RoomVoice:
    """Speaks at 24 kHz; the same parts always sound the same."""

    def __init__(self) -> None:
        self._voice = Hibari(threads=1)

    def hear(self, parts: Sequence[str | float]) -> bytes:
        """PCM of texts to say and seconds to be silent, in order. Texts are cut to what is audible of them."""
        clean = np.concatenate([self._say(part) if isinstance(part, str) else _silence(part) for part in parts])
        noise = np.random.default_rng(len(clean)).normal(0, _NOISE, len(clean))
        return to_pcm((clean + noise).astype(np.float32))

    def _say(self, text: str) -> Samples:
        spoken = np.asarray(self._voice(text), np.float32)
        audible = np.flatnonzero(np.abs(spoken) > _AUDIBLE)
        return spoken[max(0, audible[0] - _MARGIN) : audible[-1] + _MARGIN]


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * VOICE_RATE_HZ), np.float32)

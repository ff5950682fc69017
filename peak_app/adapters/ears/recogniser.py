"""Speech to text by the bundled model, Moonshine tiny-en. It writes hesitations down when it hears them."""

import re
from importlib.util import find_spec
from pathlib import Path

from moonshine_voice.moonshine_api import ModelArch
from moonshine_voice.transcriber import Transcriber

from peak_app.adapters.ears.sound import EAR_RATE_HZ, Samples

MODEL = "moonshine-tiny-en"
_LOOP = re.compile(r"\b(\w+(?:\W+\w+){0,3}?)(?:\W+\1\b){3,}", re.IGNORECASE)
"""Up to four words, four times over: nobody says so, but the model does when it has lost its way."""
_PHANTOM = re.compile(r"^\W*(you|thank you|thanks)?\W*$", re.IGNORECASE)
"""What the model says to breath and noise."""


def is_loop(text: str) -> bool:
    return bool(_LOOP.search(text))


def without_loops(text: str) -> str:
    """The text with what is said over and over said once."""
    return _LOOP.sub(r"\1", text)


def is_phantom(text: str) -> bool:
    return bool(_PHANTOM.match(text))


def _model_folder() -> Path:
    spec = find_spec("moonshine_voice")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package moonshine-voice is not installed.")
    return Path(spec.submodule_search_locations[0]) / "assets" / MODEL.removeprefix("moonshine-")


class Recogniser:
    """Takes about 150 MB while it lives."""

    def __init__(self) -> None:
        # Pieces come cut already: its own cutting splits sentences.
        options = {"vad_threshold": "0.0", "return_audio_data": "false", "identify_speakers": "false"}
        self._model = Transcriber(str(_model_folder()), ModelArch.TINY, options=options)

    def transcribe(self, samples: Samples) -> str:
        """Text of at most 15 s of 16 kHz speech."""
        heard = self._model.transcribe_without_streaming(samples.tolist(), EAR_RATE_HZ)
        return " ".join(line.text.strip() for line in heard.lines if line.text.strip())

    def close(self) -> None:
        self._model.close()

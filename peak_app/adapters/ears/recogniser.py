"""Speech to text by the bundled model, Moonshine tiny-en. It writes hesitations down when it hears them."""

from importlib.util import find_spec
from pathlib import Path

from moonshine_voice.moonshine_api import ModelArch
from moonshine_voice.transcriber import Transcriber

from peak_app.adapters.ears.sound import EAR_RATE_HZ, Samples

MODEL = "moonshine-tiny-en"


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

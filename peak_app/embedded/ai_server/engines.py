"""The engines of the server: loaded once at start, shared by all sessions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from peak_app.config import Settings
from peak_app.embedded.ai_server.coach.brain import PracticeBrain
from peak_app.embedded.ai_server.coach.matcher import BankMatcher
from peak_app.embedded.ai_server.embedder import Embedder
from peak_app.embedded.ai_server.speech.detector import SileroDetector, SpeechDetector
from peak_app.embedded.ai_server.speech.recogniser import Recogniser
from peak_app.embedded.ai_server.speech.synthesiser import Synthesiser
from peak_app.embedded.ai_server.turns import Brain

if TYPE_CHECKING:
    from peak_app.embedded.ai_server.text_model import TextModel


@dataclass(frozen=True, slots=True)
class Engines:
    """`text_model` is None unless a language model is configured; then it is the brain too."""

    detector: Callable[[], SpeechDetector]
    recogniser: Recogniser
    synthesiser: Synthesiser
    embedder: Embedder
    matcher: BankMatcher
    brain: Brain
    text_model: "TextModel | None"

    def close(self) -> None:
        """Wait for what runs and give the memory back."""
        self.recogniser.close()
        self.synthesiser.close()
        self.embedder.close()


def load_engines(settings: Settings) -> Engines:
    """Load and warm up everything; takes about two seconds."""
    recogniser, synthesiser, embedder = Recogniser(), Synthesiser(), Embedder()
    matcher = BankMatcher(embedder)
    recogniser.warm_up()
    synthesiser.warm_up()
    SileroDetector()
    text_model = None
    if settings.llm_base_url:
        # Only then: the SDK takes more memory than the voice.
        from peak_app.embedded.ai_server.text_model import TextModel  # noqa: PLC0415

        key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else "local"
        text_model = TextModel(settings.llm_base_url, key, settings.llm_model, settings.provider_timeout_s)
    brain: Brain = text_model or PracticeBrain(matcher)
    return Engines(SileroDetector, recogniser, synthesiser, embedder, matcher, brain, text_model)

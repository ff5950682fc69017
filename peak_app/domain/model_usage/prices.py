"""What a use of a model costs. Pure; prices are US dollars for a million tokens, and for a minute."""

from dataclasses import dataclass
from decimal import Decimal

from peak_app.config import Settings
from peak_app.ports.usage import ModelUse

_MILLION, _MINUTE_S = Decimal(1_000_000), Decimal(60)


@dataclass(frozen=True, slots=True)
class Rates:
    """Of one model. None: nobody said; of cached tokens: as much as others."""

    text_input: float | None = None
    audio_input: float | None = None
    cached_text: float | None = None
    cached_audio: float | None = None
    text_output: float | None = None
    audio_output: float | None = None
    minute: float | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    reply: Rates
    transcription: Rates

    @classmethod
    def of(cls, known: Settings) -> "Prices":
        """As the settings have them; the embedded server costs nothing that could be told in dollars."""
        if known.is_embedded_ai:
            return cls(Rates(), Rates())
        return cls(
            reply=Rates(
                text_input=known.realtime_text_input_usd_per_million,
                audio_input=known.realtime_audio_input_usd_per_million,
                cached_text=known.realtime_cached_text_usd_per_million,
                cached_audio=known.realtime_cached_audio_usd_per_million,
                text_output=known.realtime_text_output_usd_per_million,
                audio_output=known.realtime_audio_output_usd_per_million,
            ),
            transcription=Rates(
                text_input=known.transcription_input_usd_per_million,
                audio_input=known.transcription_input_usd_per_million,
                text_output=known.transcription_output_usd_per_million,
                minute=known.transcription_usd_per_minute,
            ),
        )

    def cost_of(self, use: ModelUse) -> Decimal | None:
        """In US dollars; None when a price of something it took is missing, for a part would pass for the whole."""
        rates = self.reply if use.kind == "reply" else self.transcription
        if use.seconds is not None:
            return None if rates.minute is None else _decimal(use.seconds) / _MINUTE_S * _decimal(rates.minute)
        if use.tokens is None or use.tokens.image_input:
            # Nothing is shown to the models, so there is no price for pictures.
            return None
        tokens = use.tokens
        cached = [
            (tokens.cached_text, rates.cached_text if rates.cached_text is not None else rates.text_input),
            (tokens.cached_audio, rates.cached_audio if rates.cached_audio is not None else rates.audio_input),
        ]
        parts = [
            (max(0, tokens.text_input - tokens.cached_text), rates.text_input),
            (max(0, tokens.audio_input - tokens.cached_audio), rates.audio_input),
            *cached,
            (tokens.text_output, rates.text_output),
            (tokens.audio_output, rates.audio_output),
        ]
        taken = [(count, rate) for count, rate in parts if count]
        if any(rate is None for _, rate in taken):
            return None
        return sum((count * _decimal(rate) / _MILLION for count, rate in taken if rate is not None), Decimal(0))


def _decimal(value: float) -> Decimal:
    """The number as it is written, without what a float adds to it."""
    return Decimal(str(value))

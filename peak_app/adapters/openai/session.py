"""What a Realtime session is set up with: the settings and a meeting's agent, in the words of the protocol."""

from typing import Any

from peak_app.config import EMBEDDED_TRANSCRIBER, Settings, url_list
from peak_app.ports.voice import VOICE_RATE_HZ, TurnTaking, VoiceSetup

SILENCE_MS: dict[TurnTaking, int] = {"patient": 2_800, "balanced": 700, "brisk": 450}
"""Quiet that ends a turn, where the service is told a length."""
EAGERNESS: dict[TurnTaking, str] = {"patient": "low", "balanced": "medium", "brisk": "high"}
"""The same for a service that judges by what is said."""
PADDING_MS = 300
"""Sound before the onset that the service counts as part of the turn."""
EXTRAS = frozenset({"include", "tracing"})
"""What a call can do without: a service that does not know it is asked again without it."""

_FORMAT = {"type": "audio/pcm", "rate": VOICE_RATE_HZ}


def session_update(settings: Settings, setup: VoiceSetup) -> dict[str, Any]:
    """The `session` object that sets a conversation up."""
    noise = settings.realtime_noise_reduction
    session: dict[str, Any] = {
        "type": "realtime",
        "instructions": setup.instructions,
        "output_modalities": ["audio"],
        "max_output_tokens": settings.realtime_max_output_tokens,
        "include": ["item.input_audio_transcription.logprobs"],
        # Interviews are private: nothing of them belongs in a dashboard of traces.
        "tracing": None,
        "truncation": _truncation(settings),
        "audio": {
            "input": {
                "format": _FORMAT,
                "noise_reduction": None if noise == "off" else {"type": noise},
                "transcription": _transcription(settings, setup.language),
                "turn_detection": _turn_detection(settings, setup.turn_taking),
            },
            "output": {
                "format": _FORMAT,
                "voice": setup.voice if setup.voice in settings.voices else settings.realtime_voice,
                "speed": settings.realtime_speed,
            },
        },
    }
    if settings.is_embedded_ai and setup.practice_bank:
        session["prompt"] = {"id": f"practice:{setup.practice_bank}"}
    if settings.realtime_reasoning_effort:
        session["reasoning"] = {"effort": settings.realtime_reasoning_effort}
    return session


def _truncation(settings: Settings) -> dict[str, Any]:
    """Old lines leave the context first, so that an hour does not cost more every minute."""
    limits = {"token_limits": {"post_instructions": most}} if (most := settings.realtime_context_tokens) else {}
    return {"type": "retention_ratio", "retention_ratio": settings.realtime_retention_ratio, **limits}


def _transcription(settings: Settings, language: str) -> dict[str, Any]:
    model = EMBEDDED_TRANSCRIBER if settings.is_embedded_ai else settings.transcription_model
    transcription: dict[str, Any] = {"model": model, "language": language}
    if settings.transcription_prompt:
        transcription["prompt"] = settings.transcription_prompt
    if keywords := url_list(settings.transcription_keywords):
        transcription["keywords"] = keywords
    if settings.is_embedded_ai:
        # Words while the person still speaks.
        transcription["delay"] = "minimal"
    return transcription


def _turn_detection(settings: Settings, turn_taking: TurnTaking) -> dict[str, Any]:
    """When a turn is over. What follows from that is the call's business: the service never answers by itself."""
    silent = {"create_response": False, "interrupt_response": False}
    if settings.turn_detection == "semantic_vad":
        return {"type": "semantic_vad", "eagerness": EAGERNESS[turn_taking], **silent}
    return {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": PADDING_MS,
        "silence_duration_ms": SILENCE_MS[turn_taking],
        **silent,
    }

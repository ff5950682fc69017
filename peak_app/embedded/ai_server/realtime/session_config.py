"""The session object: what a client may set, what it is by default, and how an update changes it."""

import copy
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from peak_app.embedded.ai_server.faults import InvalidRequest, from_validation
from peak_app.embedded.ai_server.limits import MAX_TEXT_CHARS

_SEMANTIC_SILENCE_MS = {"high": (450, 900), "medium": (700, 1_600), "auto": (700, 1_600), "low": (2_800, 2_800)}
"""Quiet that ends a turn whose words look finished, and one whose words do not."""
_ATOMIC = {
    "turn_detection",
    "transcription",
    "noise_reduction",
    "format",
    "prompt",
    "tracing",
    "truncation",
    "reasoning",
    "tools",
    "tool_choice",
}
"""Objects an update replaces as a whole; every other object is merged field by field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PcmFormat(_Strict):
    """The only format served: 16-bit little-endian mono PCM at 24 kHz."""

    type: Literal["audio/pcm"] = "audio/pcm"
    rate: Literal[24000] = 24000


class ServerVad(_Strict):
    type: Literal["server_vad"]
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    prefix_padding_ms: int = Field(default=300, ge=0, le=5000)
    silence_duration_ms: int = Field(default=500, ge=32, le=10_000)
    idle_timeout_ms: int | None = Field(default=None, ge=5000, le=30_000)
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(_Strict):
    type: Literal["semantic_vad"]
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


class TurnDetection(BaseModel):
    """Either kind of detection, as the ear needs it."""

    threshold: float
    prefix_padding_ms: int
    silence_duration_ms: int
    unfinished_silence_ms: int
    """Quiet that ends a turn although its words seem to lead on."""
    idle_timeout_ms: int | None
    create_response: bool
    interrupt_response: bool

    @classmethod
    def of(cls, detection: ServerVad | SemanticVad) -> "TurnDetection":
        if isinstance(detection, ServerVad):
            quiet_ms = detection.silence_duration_ms
            return cls(**detection.model_dump(exclude={"type"}), unfinished_silence_ms=quiet_ms)
        finished_ms, unfinished_ms = _SEMANTIC_SILENCE_MS[detection.eagerness]
        return cls(
            threshold=0.5,
            prefix_padding_ms=300,
            silence_duration_ms=finished_ms,
            unfinished_silence_ms=unfinished_ms,
            idle_timeout_ms=None,
            create_response=detection.create_response,
            interrupt_response=detection.interrupt_response,
        )


class Transcription(_Strict):
    model: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, max_length=35)
    languages: list[str] | None = None
    prompt: str | None = Field(default=None, max_length=MAX_TEXT_CHARS)
    keywords: list[str] | None = None
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class NoiseReduction(_Strict):
    type: Literal["near_field", "far_field"]
    strength: float | None = None


class AudioInput(_Strict):
    format: PcmFormat = PcmFormat()
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: Annotated[ServerVad | SemanticVad, Field(discriminator="type")] | None = ServerVad(
        type="server_vad"
    )


class CustomVoice(_Strict):
    id: str = Field(max_length=200)


class AudioOutput(_Strict):
    format: PcmFormat = PcmFormat()
    voice: str | CustomVoice = Field(default="marin")
    speed: float = Field(default=1.0, ge=0.25, le=1.5)


class Audio(_Strict):
    input: AudioInput = AudioInput()
    output: AudioOutput = AudioOutput()


class Prompt(_Strict):
    """`practice:<bank>` chooses a question bank; other ids mean nothing here and are kept as they are."""

    id: str = Field(max_length=200)
    version: str | None = None
    variables: dict[str, JsonValue] | None = None


class TokenLimits(_Strict):
    post_instructions: int | None = Field(default=None, ge=0)


class RetentionRatio(_Strict):
    type: Literal["retention_ratio"]
    retention_ratio: float = Field(ge=0.0, le=1.0)
    token_limits: TokenLimits | None = None


class Tracing(_Strict):
    workflow_name: str | None = Field(default=None, max_length=200)
    group_id: str | None = Field(default=None, max_length=200)
    metadata: dict[str, JsonValue] | None = None


class Reasoning(_Strict):
    effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class SessionConfig(_Strict):
    """All that `session.update` may carry. Noise reduction, words for the transcription, tools, tracing, truncation and
    reasoning are checked and kept; nothing acts on them, for the practice coach has no use for any."""

    type: Literal["realtime"]
    model: str = Field(default="peak-practice-coach", max_length=200)
    instructions: str = Field(default="", max_length=MAX_TEXT_CHARS)
    output_modalities: list[Literal["audio", "text"]] = Field(default=["audio"], min_length=1, max_length=1)
    audio: Audio = Audio()
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] = "inf"
    tools: list[dict[str, JsonValue]] = Field(default=[], max_length=128)
    tool_choice: str | dict[str, JsonValue] = "auto"
    prompt: Prompt | None = None
    include: list[Literal["item.input_audio_transcription.logprobs"]] | None = None
    tracing: Literal["auto"] | Tracing | None = None
    truncation: Literal["auto", "disabled"] | RetentionRatio = "auto"
    reasoning: Reasoning | None = None
    parallel_tool_calls: bool | None = None

    @property
    def turn_detection(self) -> TurnDetection | None:
        detection = self.audio.input.turn_detection
        return TurnDetection.of(detection) if detection else None

    @property
    def wants_live_captions(self) -> bool:
        """Whether the client wants to see words while they are being spoken."""
        transcription = self.audio.input.transcription
        return transcription is not None and transcription.delay in ("minimal", "low")

    @property
    def wants_logprobs(self) -> bool:
        """Whether the client wants to know how sure the recogniser was."""
        return "item.input_audio_transcription.logprobs" in (self.include or ())

    @property
    def bank_id(self) -> str | None:
        """The question bank the client insists on."""
        if self.prompt and self.prompt.id.startswith("practice:"):
            return self.prompt.id.removeprefix("practice:")
        return None

    def describe(self, session_id: str, expires_at: int) -> dict[str, Any]:
        """The session as events carry it."""
        body = self.model_dump(mode="json")
        for absent in ("reasoning", "parallel_tool_calls"):
            if body[absent] is None:
                del body[absent]
        return {**body, "object": "realtime.session", "id": session_id, "expires_at": expires_at}


def _merge(current: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = copy.copy(current)
    for key, value in change.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, dict) and key not in _ATOMIC:
            merged[key] = _merge(known, value)
        else:
            merged[key] = value
    return merged


def updated(current: SessionConfig, change: dict[str, Any]) -> SessionConfig:
    """The session after an update; raises `InvalidRequest` and leaves `current` as it was."""
    if change.get("type") is None:
        raise InvalidRequest(
            "Missing required parameter: 'session.type'.", "missing_required_parameter", "session.type"
        )
    if change["type"] != "realtime":
        raise InvalidRequest(
            "Invalid value for 'session.type': only 'realtime' sessions are served here.",
            "invalid_value",
            "session.type",
        )
    if isinstance(change.get("model"), str) and change["model"] != current.model:
        raise InvalidRequest(
            "The model of a session is chosen when connecting and cannot be changed.", "invalid_value", "session.model"
        )
    try:
        return SessionConfig.model_validate(_merge(current.model_dump(), change))
    except ValidationError as error:
        raise from_validation(error, "session") from error

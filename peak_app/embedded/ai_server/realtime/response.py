"""One response: what the client asked for, and the object events describe it by."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from peak_app.embedded.ai_server.faults import from_validation
from peak_app.embedded.ai_server.limits import MAX_TEXT_CHARS
from peak_app.embedded.ai_server.realtime.conversation import Conversation, Item, new_id, parse_item
from peak_app.embedded.ai_server.realtime.session_config import CustomVoice, PcmFormat, Prompt, SessionConfig

Status = Literal["in_progress", "completed", "cancelled", "failed", "incomplete"]
CancelReason = Literal["turn_detected", "client_cancelled"]


class _Output(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: PcmFormat | None = None
    voice: str | CustomVoice | None = None


class _Audio(BaseModel):
    model_config = ConfigDict(extra="forbid")

    output: _Output | None = None


class ResponseRequest(BaseModel):
    """The `response` object of `response.create`; None means as the session says."""

    model_config = ConfigDict(extra="forbid")

    conversation: Literal["auto", "none"] | None = None
    input: list[dict[str, Any]] | None = Field(default=None, max_length=500)
    instructions: str | None = Field(default=None, max_length=MAX_TEXT_CHARS)
    output_modalities: Annotated[list[Literal["audio", "text"]], Field(min_length=1, max_length=1)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] | None = None
    metadata: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]] | None = Field(
        default=None, max_length=16
    )
    audio: _Audio | None = None
    prompt: Prompt | None = None
    tools: list[dict[str, JsonValue]] | None = None
    tool_choice: str | dict[str, JsonValue] | None = None
    reasoning: dict[str, JsonValue] | None = None
    parallel_tool_calls: bool | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it asks for nothing but what comes next in the conversation."""
        return self.conversation != "none" and self.input is None and not self.instructions and self.prompt is None

    @classmethod
    def parse(cls, raw: object) -> "ResponseRequest":
        """Raises `InvalidRequest`."""
        try:
            return cls.model_validate({} if raw is None else raw)
        except ValidationError as error:
            raise from_validation(error, "response") from error

    def input_items(self, conversation: Conversation) -> list[Item] | None:
        """The context this response brings along, references resolved; None: the conversation."""
        if self.input is None:
            return None
        items: list[Item] = []
        for index, raw in enumerate(self.input):
            param = f"response.input[{index}]"
            if raw.get("type") == "item_reference":
                items.append(conversation.get(raw.get("id"), f"{param}.id"))
            else:
                items.append(parse_item(raw, param))
        return items


@dataclass(slots=True)
class Response:
    """A response from request to `response.done`. `item` appears with the first sentence."""

    request: ResponseRequest
    config: SessionConfig
    is_in_conversation: bool
    context_items: list[Item] | None
    waits_for: Item | None = None
    """The spoken turn that triggered it; the response is announced when its words are known."""
    is_needed: bool = True
    """Whether to answer even when that turn turns out to hold no words."""
    id: str = field(default_factory=lambda: new_id("resp"))
    item: Item | None = None
    status: Status = "in_progress"
    status_details: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    is_announced: bool = False
    task: "asyncio.Task[None] | None" = None
    audio_ms: int = 0
    first_audio_at: float | None = None

    @property
    def is_closed(self) -> bool:
        return self.status != "in_progress"

    @property
    def modality(self) -> Literal["audio", "text"]:
        return (self.request.output_modalities or self.config.output_modalities)[0]

    @property
    def max_tokens(self) -> int | None:
        limit = self.request.max_output_tokens or self.config.max_output_tokens
        return None if limit == "inf" else limit

    @property
    def instructions(self) -> str:
        return self.config.instructions

    @property
    def bank_id(self) -> str | None:
        prompt = self.request.prompt or self.config.prompt
        return prompt.id.removeprefix("practice:") if prompt and prompt.id.startswith("practice:") else None

    def describe(self, conversation_id: str) -> dict[str, Any]:
        """The response as events carry it."""
        output = self.config.audio.output
        voice = output.voice
        if self.request.audio and self.request.audio.output and self.request.audio.output.voice:
            voice = self.request.audio.output.voice
        return {
            "id": self.id,
            "object": "realtime.response",
            "status": self.status,
            "status_details": self.status_details,
            "output": [self.item.describe()] if self.item is not None else [],
            "conversation_id": conversation_id if self.is_in_conversation else None,
            "output_modalities": [self.modality],
            "max_output_tokens": self.max_tokens or "inf",
            "audio": {
                "output": {
                    "format": output.format.model_dump(),
                    "voice": voice if isinstance(voice, str) else voice.id,
                }
            },
            "metadata": self.request.metadata,
            "usage": self.usage,
        }

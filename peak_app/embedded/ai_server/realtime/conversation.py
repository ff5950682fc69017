"""The items of one conversation: what was said, what was really heard, and what the coach may know of it."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from peak_app.embedded.ai_server.faults import InvalidRequest, from_validation
from peak_app.embedded.ai_server.limits import MAX_ITEMS, MAX_TEXT_CHARS
from peak_app.embedded.ai_server.turns import Turn

Role = Literal["user", "assistant", "system"]
Status = Literal["in_progress", "completed", "incomplete"]


def new_id(prefix: str) -> str:
    """An id nobody can guess."""
    return f"{prefix}_{secrets.token_hex(10)}"


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """A sentence of an answer and the audio that carries it, in milliseconds of the item's audio."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(slots=True)
class Item:
    """One message. `text` is what counts for the context: never more than was heard."""

    id: str
    role: Role
    status: Status = "completed"
    is_audio: bool = False
    text: str = ""
    content_index: int = 0
    sentences: list[SpokenSentence] = field(default_factory=list)
    audio_ms: int = 0
    is_silence: bool = False
    """A turn in which nobody spoke at all."""
    is_transcript_removed: bool = False
    transcript: "asyncio.Future[str] | None" = None
    """For spoken user messages: done when the words are known."""
    parts: list[dict[str, Any]] | None = None
    """Content as a client wrote it, for items a client made."""

    def describe(self) -> dict[str, Any]:
        """The item as events carry it; audio itself is never sent back."""
        base = {"id": self.id, "object": "realtime.item", "type": "message", "status": self.status, "role": self.role}
        return {**base, "content": self._content()}

    def _content(self) -> list[dict[str, Any]]:
        if self.parts is not None:
            return self.parts
        if self.role == "assistant":
            if self.status == "in_progress" and not self.sentences and not self.text:
                return []
            if not self.is_audio:
                return [{"type": "output_text", "text": self.text}]
            return [{"type": "output_audio", "transcript": None if self.is_transcript_removed else self.text}]
        if self.is_audio:
            return [{"type": "input_audio", "transcript": self.text or None}]
        return [{"type": "input_text", "text": self.text}]

    def truncate(self, audio_end_ms: int) -> None:
        """Forget what lies behind that point of the audio: whole sentences, and words of the sentence it cuts."""
        heard: list[str] = []
        kept: list[SpokenSentence] = []
        for sentence in self.sentences:
            if sentence.end_ms <= audio_end_ms:
                heard.append(sentence.text)
                kept.append(sentence)
                continue
            length = max(1, sentence.end_ms - sentence.start_ms)
            words = sentence.text.split()
            count = int(len(words) * max(0, audio_end_ms - sentence.start_ms) / length)
            if count:
                cut = " ".join(words[:count])
                heard.append(cut)
                kept.append(SpokenSentence(cut, sentence.start_ms, audio_end_ms))
            break
        self.text = " ".join(heard)
        self.sentences = kept
        self.audio_ms = min(self.audio_ms, audio_end_ms)
        self.is_transcript_removed = True
        self.status = "incomplete" if self.status == "in_progress" else self.status


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["input_text", "input_audio", "output_text", "output_audio", "text", "audio"]
    text: str | None = Field(default=None, max_length=MAX_TEXT_CHARS)
    transcript: str | None = Field(default=None, max_length=MAX_TEXT_CHARS)
    audio: str | None = None


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["message"]
    role: Role
    content: list[_Part] = Field(min_length=1, max_length=64)
    id: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    status: Status | None = None


_MESSAGE = TypeAdapter(_Message)
_ALLOWED_PARTS = {
    "user": {"input_text", "input_audio"},
    "system": {"input_text"},
    "assistant": {"output_text", "output_audio"},
}


def parse_item(raw: object, param: str = "item") -> Item:
    """An item as a client wrote it. Spoken parts count by their transcript; raises `InvalidRequest`."""
    if isinstance(raw, dict) and raw.get("type") not in (None, "message"):
        raise InvalidRequest("Only items of type 'message' are served here.", "invalid_value", f"{param}.type")
    try:
        message = _MESSAGE.validate_python(raw)
    except ValidationError as error:
        raise from_validation(error, param) from error
    allowed = _ALLOWED_PARTS[message.role]
    for index, part in enumerate(message.content):
        if part.type not in allowed:
            names = " and ".join(f"'{name}'" for name in sorted(allowed))
            raise InvalidRequest(
                f"Invalid value: '{part.type}'. A message of the {message.role} holds {names}.",
                "invalid_value",
                f"{param}.content[{index}].type",
            )
        is_spoken = part.type.endswith("audio")
        if part.text is None and not is_spoken:
            raise InvalidRequest(
                f"Missing required parameter: '{param}.content[{index}].text'.",
                "missing_required_parameter",
                f"{param}.content[{index}].text",
            )
        if is_spoken and part.transcript is None:
            raise InvalidRequest(
                "A spoken part needs its transcript here: send audio through the input audio buffer.",
                "invalid_value",
                f"{param}.content[{index}].transcript",
            )
    text = " ".join(part.text or part.transcript or "" for part in message.content).strip()
    parts = [part.model_dump(exclude={"audio"}, exclude_none=True) for part in message.content]
    return Item(
        id=message.id or new_id("item"), role=message.role, status=message.status or "completed", text=text, parts=parts
    )


class Conversation:
    """Items in order. `revision` changes with everything that changes the context of the next answer."""

    def __init__(self) -> None:
        self.id = new_id("conv")
        self.items: list[Item] = []
        self.revision = 0

    def find(self, item_id: str) -> Item | None:
        return next((item for item in self.items if item.id == item_id), None)

    def get(self, item_id: object, param: str = "item_id") -> Item:
        """Raises `InvalidRequest` when there is no such item."""
        if not isinstance(item_id, str):
            raise InvalidRequest(f"Missing required parameter: '{param}'.", "missing_required_parameter", param)
        item = self.find(item_id)
        if item is None:
            raise InvalidRequest("There is no item with that id in this conversation.", "item_not_found", param)
        return item

    def add(self, item: Item, after: str | None = None) -> str | None:
        """Put an item behind another (`root`: first, None: last). Gives the id before it."""
        if self.find(item.id) is not None:
            raise InvalidRequest(
                "An item with that id is in the conversation already.", "item_already_exists", "item.id"
            )
        if len(self.items) >= MAX_ITEMS:
            raise InvalidRequest(f"A conversation holds at most {MAX_ITEMS} items.", "conversation_too_long", "item")
        if after == "root":
            index = 0
        elif after is None:
            index = len(self.items)
        else:
            index = self.items.index(self.get(after, "previous_item_id")) + 1
        self.items.insert(index, item)
        self.revision += 1
        return self.items[index - 1].id if index else None

    def previous_id(self, item: Item) -> str | None:
        index = self.items.index(item)
        return self.items[index - 1].id if index else None

    def delete(self, item: Item) -> None:
        self.items.remove(item)
        self.revision += 1

    def turns(self) -> list[Turn]:
        """What was said so far, oldest first."""
        return turns_of(self.items)

    def pending_transcripts(self) -> list["asyncio.Future[str]"]:
        return [item.transcript for item in self.items if item.transcript is not None and not item.transcript.done()]


def turns_of(items: list[Item]) -> list[Turn]:
    """Turns of any list of items. An answer of which nothing was heard was never given."""
    return [
        Turn(item.role, item.text, item.is_silence)
        for item in items
        if item.text or (item.role == "user" and item.is_audio and item.status == "completed")
    ]

"""The data channel's messages, as docs/architecture.md lists them."""

from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from peak_app.ports.language import Speaker

CHANNEL_LABEL = "peak"
LONGEST_MESSAGE = 16_000
"""Bytes of one message, either way."""
LONGEST_ANSWER = 4_000
"""Characters of one typed answer."""
_LONGEST_TEXT = 2_000
"""Characters a text is cut to when its message is too long."""

CallState = Literal["connecting", "listening", "hearing", "thinking", "speaking", "reconnecting"]
PageEndReason = Literal["ended_by_person", "time_up", "taken_over", "lost", "failed"]


# bridge to page


@dataclass(frozen=True, slots=True)
class Hello:
    type: ClassVar[str] = "hello"
    elapsed_ms: int
    agent: str
    notice: str
    is_resumed: bool
    cap_s: int
    """The meeting's clock, in seconds, at which the call ends."""


@dataclass(frozen=True, slots=True)
class State:
    type: ClassVar[str] = "state"
    value: CallState


@dataclass(frozen=True, slots=True)
class Caption:
    type: ClassVar[str] = "caption"
    id: str
    speaker: Speaker
    text: str
    is_final: bool
    at_ms: int


@dataclass(frozen=True, slots=True)
class CaptionCut:
    type: ClassVar[str] = "caption_cut"
    id: str
    text: str
    unheard: str


@dataclass(frozen=True, slots=True)
class Duck:
    type: ClassVar[str] = "duck"


@dataclass(frozen=True, slots=True)
class Unduck:
    type: ClassVar[str] = "unduck"


@dataclass(frozen=True, slots=True)
class Time:
    type: ClassVar[str] = "time"
    elapsed_ms: int
    remaining_s: int


@dataclass(frozen=True, slots=True)
class ReplyDelay:
    type: ClassVar[str] = "reply_delay"
    ms: int


@dataclass(frozen=True, slots=True)
class Problem:
    type: ClassVar[str] = "problem"
    code: str
    text: str
    is_fatal: bool


@dataclass(frozen=True, slots=True)
class Ended:
    type: ClassVar[str] = "ended"
    reason: PageEndReason


PageMessage = Hello | State | Caption | CaptionCut | Duck | Unduck | Time | ReplyDelay | Problem | Ended


def to_json(message: PageMessage) -> str:
    """One message, never longer than the channel allows: long texts keep their end."""
    body: dict[str, Any] = {"type": message.type, **asdict(message)}
    data = orjson.dumps(body)
    if len(data) > LONGEST_MESSAGE:
        for field in fields(message):
            if isinstance(value := body[field.name], str):
                body[field.name] = value[-_LONGEST_TEXT:]
        data = orjson.dumps(body)
    return data.decode()


# page to bridge


class EndRequest(BaseModel):
    type: Literal["end"]


class MuteChange(BaseModel):
    type: Literal["mute"]
    on: bool


class CameraChange(BaseModel):
    type: Literal["camera"]
    on: bool


class TypedAnswer(BaseModel):
    type: Literal["typed"]
    text: str = Field(max_length=LONGEST_ANSWER)


PageRequest = EndRequest | MuteChange | CameraChange | TypedAnswer
_REQUESTS: TypeAdapter[PageRequest] = TypeAdapter(Annotated[PageRequest, Field(discriminator="type")])


def parse_request(data: str | bytes) -> PageRequest | None:
    """What the page wants; None when it makes no sense."""
    if len(data) > LONGEST_MESSAGE:
        return None
    try:
        return _REQUESTS.validate_json(data)
    except ValidationError:
        return None

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

CallState = Literal["connecting", "listening", "hearing", "holding", "thinking", "speaking", "reconnecting"]
Wish = Literal["repeat", "skip", "clarify"]
PageEndReason = Literal["ended_by_person", "time_up", "taken_over", "lost", "failed"]


# bridge to page


@dataclass(frozen=True, slots=True)
class StageShown:
    """One stage of the interview, as the page shows it."""

    name: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Hello:
    type: ClassVar[str] = "hello"
    elapsed_ms: int
    agent: str
    notice: str
    is_resumed: bool
    cap_s: int
    """The meeting's clock, in seconds, at which the call ends."""
    planned_s: int
    """The meeting's clock, in seconds, at which the agent brings the interview to an end."""
    stages: tuple[StageShown, ...]
    """Empty: the interview has none."""
    is_recorded: bool


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
    """Every second. `remaining_s` to the hard end, `left_s` to the planned one (0 when that is past).

    `stage` counts from 0; None without stages, and when all are over. `is_late`: 80 % of the planned time are gone.
    """

    type: ClassVar[str] = "time"
    elapsed_ms: int
    remaining_s: int
    left_s: int
    is_late: bool
    stage: int | None
    stage_left_s: int | None
    is_stage_late: bool


@dataclass(frozen=True, slots=True)
class Thinking:
    """The person holds the turn for so long from now; 0: they don't any more."""

    type: ClassVar[str] = "thinking"
    left_ms: int


@dataclass(frozen=True, slots=True)
class DeliveryMeter:
    """How the person spoke so far. `words_per_minute` is None below a few seconds of speech."""

    type: ClassVar[str] = "delivery"
    words_per_minute: int | None
    fillers: int


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


PageMessage = (
    Hello
    | State
    | Caption
    | CaptionCut
    | Duck
    | Unduck
    | Time
    | Thinking
    | DeliveryMeter
    | ReplyDelay
    | Problem
    | Ended
)


def to_json(message: PageMessage, longest: int = LONGEST_MESSAGE) -> str:
    """One message of at most so many bytes: long texts keep their end."""
    body: dict[str, Any] = {"type": message.type, **asdict(message)}
    data = orjson.dumps(body)
    if len(data) > longest:
        # A character takes up to six bytes in JSON, and no message has more than two long texts.
        most = min(_LONGEST_TEXT, longest // 12)
        for field in fields(message):
            if isinstance(value := body[field.name], str):
                body[field.name] = value[-most:]
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


class ThinkRequest(BaseModel):
    """Hold the turn, or give it back."""

    type: Literal["think"]
    on: bool


class DoneRequest(BaseModel):
    """The person has finished speaking: no need to wait for more."""

    type: Literal["done"]


class WishRequest(BaseModel):
    """What the agent is asked for by a button instead of words."""

    type: Literal["wish"]
    wish: Wish


PageRequest = EndRequest | MuteChange | CameraChange | TypedAnswer | ThinkRequest | DoneRequest | WishRequest
_REQUESTS: TypeAdapter[PageRequest] = TypeAdapter(Annotated[PageRequest, Field(discriminator="type")])


def parse_request(data: str | bytes) -> PageRequest | None:
    """What the page wants; None when it makes no sense."""
    if len(data) > LONGEST_MESSAGE:
        return None
    try:
        return _REQUESTS.validate_json(data)
    except ValidationError:
        return None

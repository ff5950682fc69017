"""Everything that can happen in a call. Times are ms on the meeting's clock."""

from dataclasses import dataclass

from bridge.messages import Wish
from peak_app.ports.voice import Pcm16


@dataclass(frozen=True, slots=True)
class PageConnected:
    """A page can be heard and told things. `allowance_ms` is how long it may stay from now."""

    at_ms: int
    allowance_ms: int


@dataclass(frozen=True, slots=True)
class PageLost:
    at_ms: int


@dataclass(frozen=True, slots=True)
class EndAsked:
    """The person ended the call, from the page or by way of the web process."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class LineTyped:
    at_ms: int
    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ThinkAsked:
    """The person wants to hold the turn and think, or gives it back."""

    at_ms: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class DoneAsked:
    """The person says by a button that they have finished speaking."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class WishAsked:
    """The person wants something of the agent, by a button."""

    at_ms: int
    wish: Wish


@dataclass(frozen=True, slots=True)
class MicHeard:
    """`at_ms` is when the sound began; `is_voice`: whether it is loud enough to be someone speaking."""

    at_ms: int
    audio: Pcm16
    is_voice: bool


@dataclass(frozen=True, slots=True)
class VoiceConnected:
    """The model is there and knows the conversation so far."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class VoiceLost:
    at_ms: int


@dataclass(frozen=True, slots=True)
class VoiceStayedAway:
    """The model did not come back after several attempts; they go on."""

    at_ms: int
    sentence: str


@dataclass(frozen=True, slots=True)
class VoiceGaveUp:
    """The model will not be reached again."""

    at_ms: int
    sentence: str


@dataclass(frozen=True, slots=True)
class VoiceFaltered:
    """The model refused something; the connection holds. `code` is fit for a log."""

    at_ms: int
    code: str


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """`since_ms` is when the person's first sound came, a little before the model was sure."""

    at_ms: int
    item_id: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """`until_ms` is when the person's last sound came; the quiet the model waited for is not part of it."""

    at_ms: int
    item_id: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class CandidateGuessArrived:
    """What the turn sounds like so far; the next guess, or the words themselves, replace it."""

    at_ms: int
    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class CandidateTextArrived:
    """`confidence` is that of final words, 0 to 1; None when the model does not say."""

    at_ms: int
    item_id: str
    text: str
    is_final: bool
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ReplyBegan:
    at_ms: int
    response_id: str


@dataclass(frozen=True, slots=True)
class ReplySoundArrived:
    at_ms: int
    response_id: str
    item_id: str
    audio: Pcm16


@dataclass(frozen=True, slots=True)
class ReplySoundCompleted:
    at_ms: int
    response_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class ReplyTextArrived:
    """A piece of the answer's words, or all of them when final."""

    at_ms: int
    response_id: str
    item_id: str
    text: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The model is done with this answer; playing it may take longer."""

    at_ms: int
    response_id: str
    is_failed: bool


@dataclass(frozen=True, slots=True)
class PlaybackStarted:
    at_ms: int
    item_id: str


@dataclass(frozen=True, slots=True)
class PlaybackProgressed:
    """A few times a second: `heard_ms` of the item were sent."""

    at_ms: int
    item_id: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class PlaybackFinished:
    at_ms: int
    item_id: str


@dataclass(frozen=True, slots=True)
class PlaybackCut:
    """Playing stopped before the end; `heard_ms` of the item were sent."""

    at_ms: int
    item_id: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """About once a second."""

    at_ms: int


CallEvent = (
    PageConnected
    | PageLost
    | EndAsked
    | LineTyped
    | ThinkAsked
    | DoneAsked
    | WishAsked
    | MicHeard
    | VoiceConnected
    | VoiceLost
    | VoiceStayedAway
    | VoiceGaveUp
    | VoiceFaltered
    | SpeechBegan
    | SpeechEnded
    | CandidateGuessArrived
    | CandidateTextArrived
    | ReplyBegan
    | ReplySoundArrived
    | ReplySoundCompleted
    | ReplyTextArrived
    | ReplyFinished
    | PlaybackStarted
    | PlaybackProgressed
    | PlaybackFinished
    | PlaybackCut
    | Ticked
)

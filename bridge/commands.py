"""Everything a call can decide to do; `room.py` does it."""

from dataclasses import dataclass
from typing import Literal

from bridge.messages import PageMessage
from peak_app.domain.meetings.turns import DelayParts, Turn
from peak_app.ports.voice import PastLine, Pcm16

EndReason = Literal["ended_by_person", "time_up", "lost", "failed"]


@dataclass(frozen=True, slots=True)
class SendSound:
    """`at_ms` is when it began."""

    audio: Pcm16
    at_ms: int


@dataclass(frozen=True, slots=True)
class SendSilence:
    """Let the model notice that the person's turn is over although the line went dead."""


@dataclass(frozen=True, slots=True)
class CommitSpeech:
    """End the person's turn now."""


@dataclass(frozen=True, slots=True)
class EnterStage:
    """Tell the model which stage of the interview is on; None: all are over."""

    stage: int | None


@dataclass(frozen=True, slots=True)
class Ask:
    """Let the model speak; `instructions` are for this one answer."""

    instructions: str | None


@dataclass(frozen=True, slots=True)
class AddLine:
    line: PastLine


@dataclass(frozen=True, slots=True)
class CancelReply:
    pass


@dataclass(frozen=True, slots=True)
class Truncate:
    item_id: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class RestartVoice:
    """The model is silent although it owes an answer: connect anew."""


@dataclass(frozen=True, slots=True)
class Play:
    item_id: str
    audio: Pcm16


@dataclass(frozen=True, slots=True)
class FinishPlaying:
    """No more sound of this item comes: `PlaybackFinished` follows when the rest is played."""

    item_id: str


@dataclass(frozen=True, slots=True)
class PausePlaying:
    """Fall silent, and keep what is not played yet."""


@dataclass(frozen=True, slots=True)
class ResumePlaying:
    """Go on where playing was paused."""


@dataclass(frozen=True, slots=True)
class StopPlaying:
    """Drop all sound; a `PlaybackCut` for each unfinished item follows at once."""


@dataclass(frozen=True, slots=True)
class SaveTurn:
    turn: Turn


@dataclass(frozen=True, slots=True)
class NoteDelay:
    """The agent's first sound left so long after the person had finished."""

    total_ms: int
    parts: DelayParts


@dataclass(frozen=True, slots=True)
class Tell:
    message: PageMessage


@dataclass(frozen=True, slots=True)
class EndCall:
    reason: EndReason


Command = (
    SendSound
    | SendSilence
    | CommitSpeech
    | EnterStage
    | Ask
    | AddLine
    | CancelReply
    | Truncate
    | RestartVoice
    | Play
    | FinishPlaying
    | PausePlaying
    | ResumePlaying
    | StopPlaying
    | SaveTurn
    | NoteDelay
    | Tell
    | EndCall
)

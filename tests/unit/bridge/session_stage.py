"""A call's session on a clock that only the test moves, and words for what it did."""

from dataclasses import dataclass, field

from bridge.commands import Ask, Command, SaveTurn, StopPlaying, Tell
from bridge.events import (
    CallEvent,
    CandidateTextArrived,
    MicHeard,
    PageConnected,
    PlaybackCut,
    PlaybackFinished,
    PlaybackStarted,
    ReplyBegan,
    ReplyFinished,
    ReplySoundArrived,
    ReplySoundCompleted,
    ReplyTextArrived,
    SpeechBegan,
    SpeechEnded,
    Ticked,
    VoiceConnected,
)
from bridge.messages import PageMessage, State
from bridge.session import CallPlan, CallSession
from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.meetings.turns import Turn
from peak_app.ports.voice import PastLine, Pcm16

HOUR_MS = 3_600_000


@dataclass
class Stage:
    """A session with a loudspeaker that plays in no time, unless `cut_at` says where it is when it is stopped."""

    session: CallSession
    at_ms: int = 0
    done: list[Command] = field(default_factory=list)
    cut_at: dict[str, int] = field(default_factory=dict)

    def happen(self, *events: CallEvent) -> list[Command]:
        """Feed events; commands are performed as the room does. Gives what was commanded meanwhile."""
        first = len(self.done)
        for event in events:
            for command in self.session.handle(event):
                self.done.append(command)
                if isinstance(command, StopPlaying):
                    cut, self.cut_at = self.cut_at, {}
                    for item_id, heard_ms in cut.items():
                        self.happen(PlaybackCut(self.at_ms, item_id, heard_ms))
        return self.done[first:]

    def reply(self, text: str, *, number: int = 1, sound_ms: int = 1000) -> str:
        """A whole answer arrives and begins to play; gives its item."""
        response, item = f"r{number}", f"i{number}"
        self.happen(
            ReplyBegan(self.at_ms, response),
            ReplyTextArrived(self.at_ms, response, item, text, is_final=True),
            ReplySoundArrived(self.at_ms, response, item, sound(sound_ms)),
            PlaybackStarted(self.at_ms, item),
            ReplySoundCompleted(self.at_ms, response, item),
            ReplyFinished(self.at_ms, response, is_failed=False),
        )
        self.cut_at[item] = 0
        return item

    def played(self, item: str) -> list[Command]:
        self.cut_at.pop(item, None)
        return self.happen(PlaybackFinished(self.at_ms, item))

    def wait(self, ms: int) -> list[Command]:
        """Time passes, with a tick every second."""
        first = len(self.done)
        end = self.at_ms + ms
        while self.at_ms < end:
            self.at_ms = min(end, self.at_ms + 1000)
            self.happen(Ticked(self.at_ms))
        return self.done[first:]

    def hear(self, ms: int, *, is_voice: bool = True) -> list[Command]:
        """The microphone brings sound for so long."""
        first = len(self.done)
        end = self.at_ms + ms
        while self.at_ms < end:
            self.happen(MicHeard(self.at_ms, sound(20), is_voice))
            self.at_ms += 20
        return self.done[first:]

    def said(self, item: str, text: str) -> list[Command]:
        """The person speaks for a second and is understood."""
        start = self.at_ms
        self.at_ms += 1000
        return self.happen(
            SpeechBegan(start, item, start),
            SpeechEnded(self.at_ms, item, self.at_ms),
            CandidateTextArrived(self.at_ms, item, text, is_final=True),
        )


def sound(ms: int) -> Pcm16:
    return Pcm16(bytes(ms * 48))


def connected(
    *,
    allowance_ms: int = HOUR_MS,
    lines: tuple[PastLine, ...] = (),
    was_cut: bool = False,
    conduct: Conduct | None = None,
    waits_for_words: bool = False,
) -> Stage:
    plan = CallPlan(
        "Mira", lines, was_cut=was_cut, conduct=conduct or Conduct(), waits_for_words=waits_for_words, grace_ms=90_000
    )
    stage = Stage(CallSession(plan))
    stage.happen(VoiceConnected(0), PageConnected(0, allowance_ms))
    return stage


def told(commands: list[Command], kind: type[PageMessage]) -> list[PageMessage]:
    return [command.message for command in commands if isinstance(command, Tell) and isinstance(command.message, kind)]


def turns(commands: list[Command]) -> list[Turn]:
    return [command.turn for command in commands if isinstance(command, SaveTurn) and command.turn.is_final]


def asked(commands: list[Command]) -> list[str | None]:
    return [command.instructions for command in commands if isinstance(command, Ask)]


def state(stage: Stage) -> str:
    return [message.value for message in told(stage.done, State) if isinstance(message, State)][-1]

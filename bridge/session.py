"""A call as pure logic: events in, commands out. No I/O, no clock; `room.py` performs what comes out.

What is played, cut, journalled, asked of the model and shown to the page is decided here and nowhere else.
"""

from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from bridge.commands import (
    AddLine,
    Ask,
    CancelReply,
    Command,
    EndCall,
    EndReason,
    FinishPlaying,
    Play,
    RestartVoice,
    SaveTurn,
    SendSilence,
    SendSound,
    StopPlaying,
    Tell,
    Truncate,
)
from bridge.events import (
    CallEvent,
    CandidateTextArrived,
    EndAsked,
    LineTyped,
    MicHeard,
    PageConnected,
    PageLost,
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
    VoiceFaltered,
    VoiceGaveUp,
    VoiceLost,
)
from bridge.heard import split_heard
from bridge.messages import (
    CallState,
    Caption,
    CaptionCut,
    Duck,
    Ended,
    Hello,
    PageMessage,
    Problem,
    ReplyDelay,
    State,
    Time,
    Unduck,
)
from bridge.prompts import GO_ON, NUDGE, REPEAT, WRAP_UP
from peak_app.domain.meetings.turns import Turn
from peak_app.ports.voice import PastLine

WRAP_UP_MS = 60_000
"""The agent is asked to come to an end this long before the call ends."""
IDLE_MS = 20_000
"""Silence of both after which the agent may ask once whether the person is still there."""
STALL_MS = 20_000
"""Longest wait for the next sign of an answer the model owes."""
DUCK_MS = 1_500
"""Longest time the page keeps the agent's sound down after an interruption without a new answer."""
FRAME_MS: Final = 20
MOST_LINES = 300
"""Lines a new connection to the model is told."""
_KEPT_REPLIES = 8


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What is known before anything happens. `lines` were spoken before this room was made."""

    agent_name: str
    lines: tuple[PastLine, ...] = ()
    was_cut: bool = False
    """Whether the agent was cut off at the end of these lines."""
    grace_ms: int = 90_000
    notice: str = ""


@dataclass(slots=True)
class Reply:
    """One item the agent says."""

    item_id: str
    response_id: str
    text: str = ""
    sound_ms: float = 0.0
    is_sound_complete: bool = False
    started_ms: int | None = None
    ended_ms: int | None = None
    delay_ms: int | None = None
    heard_ms: int | None = None
    """Set when it was cut: what was sent of it."""
    heard_text: str = ""

    @property
    def is_cut(self) -> bool:
        return self.heard_ms is not None

    @property
    def is_over(self) -> bool:
        return self.is_cut or self.ended_ms is not None

    @property
    def is_pending(self) -> bool:
        """Has sound that is not played yet."""
        return self.sound_ms > 0 and not self.is_over


@dataclass(slots=True)
class Speech:
    """One turn of the person between its first sound and its words."""

    since_ms: int
    until_ms: int | None = None
    text: str = ""


@dataclass(slots=True)
class _Asked:
    instructions: str | None = None


@dataclass(slots=True)
class CallSession:
    """One call from its first page to its end, across pages and connections to the model."""

    plan: CallPlan
    is_over: bool = False
    _out: list[Command] = field(default_factory=list)
    _is_page_here: bool = False
    _is_voice_here: bool = False
    _had_voice: bool = False
    _has_greeted: bool = False
    _gone_since_ms: int | None = None
    _deadline_ms: int | None = None
    _has_wrapped_up: bool = False
    _shown: CallState | None = None

    _active: str | None = None
    """The response the model is making."""
    _dropped: dict[str, None] = field(default_factory=dict)
    """Responses of which nothing more is played; insertion-ordered, bounded."""
    _replies: dict[str, Reply] = field(default_factory=dict)
    _speeches: dict[str, Speech] = field(default_factory=dict)
    _speaking: str | None = None
    _speech_end_ms: int | None = None
    _owed_since_ms: int | None = None
    """Since when the model owes a sign of life."""
    _wanted: _Asked | None = None
    """To be asked when the present response is done."""
    _cue: _Asked | None = None
    """To be asked when page and model are both back."""
    _quiet_since_ms: int | None = None
    _has_nudged: bool = False
    _ducked_at_ms: int | None = None
    _failures: int = 0
    _lines: list[PastLine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lines = list(self.plan.lines)
        self._has_greeted = bool(self._lines)
        if self._lines and self.plan.was_cut:
            self._cue = _Asked(GO_ON)
        elif self._lines and self._lines[-1].speaker == "candidate":
            self._cue = _Asked()

    # what others may know

    @property
    def is_settled(self) -> bool:
        """Whether no words of the person are still being written down."""
        return not self._speeches

    @property
    def history(self) -> tuple[PastLine, ...]:
        """What a new connection to the model must know: all lines, also the one that is being played."""
        playing = [PastLine("agent", reply.text) for reply in self._replies.values() if reply.is_pending and reply.text]
        return tuple([*self._lines, *playing][-MOST_LINES:])

    # events

    def handle(self, event: CallEvent) -> list[Command]:
        """Take one event; gives what is to be done, in order."""
        self._out = []
        if self.is_over:
            self._after_the_end(event)
        else:
            self._dispatch(event)
            self._show_state()
        return self._out

    def _dispatch(self, event: CallEvent) -> None:  # noqa: PLR0912 - one line for each event
        match event:
            case MicHeard(audio=audio, at_ms=at_ms):
                if self._is_page_here and self._is_voice_here:
                    self._out.append(SendSound(audio, at_ms))
            case PageConnected():
                self._page_connected(event)
            case PageLost(at_ms=at_ms):
                self._page_lost(at_ms)
            case EndAsked():
                self._end("ended_by_person")
            case LineTyped():
                self._line_typed(event)
            case VoiceConnected(at_ms=at_ms):
                self._is_voice_here = self._had_voice = True
                self._take_up(at_ms)
            case VoiceLost():
                self._voice_lost()
            case VoiceGaveUp(sentence=sentence):
                self._tell_problem("voice_gone", sentence, is_fatal=True)
                self._end("failed")
            case VoiceFaltered():
                pass  # the room has logged it; whatever failed was a courtesy to the model
            case SpeechBegan():
                self._speech_began(event)
            case SpeechEnded():
                self._speech_ended(event)
            case CandidateTextArrived():
                self._candidate_text(event)
            case ReplyBegan():
                self._reply_began(event)
            case ReplySoundArrived():
                self._reply_sound(event)
            case ReplySoundCompleted(item_id=item_id):
                self._sound_completed(self._replies.get(item_id))
            case ReplyTextArrived():
                self._reply_text(event)
            case ReplyFinished():
                self._reply_finished(event)
            case PlaybackStarted():
                self._playback_started(event)
            case PlaybackFinished(at_ms=at_ms, item_id=item_id):
                self._playback_finished(item_id, at_ms)
            case PlaybackCut():
                self._playback_cut(event)
            case Ticked(at_ms=at_ms):
                self._ticked(at_ms)
            case _:
                assert_never(event)

    def _after_the_end(self, event: CallEvent) -> None:
        """The last words are still written down; nothing else happens any more."""
        match event:
            case PlaybackCut():
                self._playback_cut(event)
            case SpeechEnded():
                self._speech_ended(event)
            case CandidateTextArrived():
                self._candidate_text(event)
            case ReplyBegan():
                self._out.append(CancelReply())
            case _:
                pass
        self._out = [command for command in self._out if isinstance(command, SaveTurn | CancelReply)]

    # pages

    def _page_connected(self, event: PageConnected) -> None:
        self._is_page_here = True
        self._gone_since_ms = None
        self._deadline_ms = event.at_ms + event.allowance_ms
        self._has_wrapped_up = event.allowance_ms <= WRAP_UP_MS // 2
        self._quiet_since_ms = event.at_ms
        self._ducked_at_ms = None
        self._shown = None
        hello = Hello(
            elapsed_ms=event.at_ms,
            agent=self.plan.agent_name,
            notice=self.plan.notice,
            is_resumed=self._has_greeted,
            cap_s=self._deadline_ms // 1000,
        )
        self._tell(hello)
        self._take_up(event.at_ms)

    def _take_up(self, at_ms: int) -> None:
        """Page and model are both there: say what is due."""
        if not (self._is_page_here and self._is_voice_here):
            return
        self._quiet_since_ms = at_ms
        if not self._has_greeted:
            self._has_greeted = True
            self._cue = None
            self._ask(at_ms, None)
        elif self._cue is not None:
            cue, self._cue = self._cue, None
            self._ask(at_ms, cue.instructions)

    def _page_lost(self, at_ms: int) -> None:
        if not self._is_page_here:
            return
        self._is_page_here = False
        self._gone_since_ms = at_ms
        self._deadline_ms = None
        if self._has_unheard_sound:
            self._cue = _Asked(GO_ON)
        elif self._active or self._owed_since_ms is not None or self._wanted:
            self._cue = self._cue or self._wanted or _Asked()
        self._wanted = None
        self._owed_since_ms = None
        self._interrupt(is_cancel_needed=True)
        if self._speaking:
            self._out.append(SendSilence())

    @property
    def _has_unheard_sound(self) -> bool:
        return any(reply.is_pending for reply in self._replies.values())

    # the model's connection

    def _voice_lost(self) -> None:
        if not self._is_voice_here:
            return
        self._is_voice_here = False
        if self._speaking:
            self._cue = _Asked(REPEAT)
        elif any(reply.is_pending and not reply.is_sound_complete for reply in self._replies.values()):
            self._cue = _Asked(GO_ON)
        elif (self._active and not self._has_unheard_sound) or self._owed_since_ms is not None or self._wanted:
            self._cue = self._cue or self._wanted or _Asked()
        for reply in self._replies.values():
            self._sound_completed(reply)
        # What the model was writing down is lost with it; words that came already are kept.
        for item_id, speech in list(self._speeches.items()):
            if words := speech.text.strip():
                self._save_speech(item_id, speech, words, speech.until_ms or speech.since_ms)
        self._speeches.clear()
        self._speaking = None
        self._active = None
        self._wanted = None
        self._owed_since_ms = None

    def _ask(self, at_ms: int, instructions: str | None) -> None:
        if self._active:
            self._wanted = _Asked(instructions)
            return
        self._out.append(Ask(instructions))
        self._owed_since_ms = at_ms

    # the person speaks

    def _speech_began(self, event: SpeechBegan) -> None:
        if not self._is_page_here:
            return
        self._speaking = event.item_id
        self._speeches[event.item_id] = Speech(event.since_ms)
        self._speech_end_ms = None
        self._owed_since_ms = None
        self._quiet_since_ms = None
        self._has_nudged = False
        if self._has_unheard_sound:
            self._tell(Duck())
            self._ducked_at_ms = event.at_ms
        # The model cancels its own answer when it hears the person.
        self._interrupt(is_cancel_needed=False)

    def _interrupt(self, *, is_cancel_needed: bool) -> None:
        """Nothing of the present answer is played any more."""
        if self._active:
            self._drop(self._active)
            if is_cancel_needed:
                self._out.append(CancelReply())
        if self._has_unheard_sound:
            self._out.append(StopPlaying())

    def _drop(self, response_id: str) -> None:
        self._dropped[response_id] = None
        if len(self._dropped) > _KEPT_REPLIES:
            self._dropped.pop(next(iter(self._dropped)))

    def _speech_ended(self, event: SpeechEnded) -> None:
        if self._speaking == event.item_id:
            self._speaking = None
        speech = self._speeches.get(event.item_id)
        if speech is not None:
            speech.until_ms = max(speech.since_ms, event.until_ms)
            self._speech_end_ms = speech.until_ms
        self._quiet_since_ms = event.at_ms

    def _candidate_text(self, event: CandidateTextArrived) -> None:
        if not event.is_final:
            speech = self._speeches.setdefault(event.item_id, Speech(event.at_ms))
            speech.text += event.text
            self._tell(Caption(event.item_id, "candidate", speech.text, is_final=False, at_ms=speech.since_ms))
            return
        speech = self._speeches.pop(event.item_id, None)
        if self._speaking == event.item_id:
            self._speaking = None
        text = event.text.strip()
        if text:
            speech = speech or Speech(event.at_ms, event.at_ms)
            self._save_speech(event.item_id, speech, text, speech.until_ms or event.at_ms)
            if not self._active and not self._has_unheard_sound and self._is_voice_here:
                self._owed_since_ms = event.at_ms
        elif speech is not None and speech.text:
            self._tell(Caption(event.item_id, "candidate", "", is_final=True, at_ms=speech.since_ms))

    def _save_speech(self, item_id: str, speech: Speech, text: str, until_ms: int) -> None:
        turn = Turn(item_id, "candidate", text, start_ms=speech.since_ms, end_ms=max(speech.since_ms, until_ms))
        self._lines.append(PastLine("candidate", text))
        self._out.append(SaveTurn(turn))
        self._tell(Caption(item_id, "candidate", text, is_final=True, at_ms=speech.since_ms))

    def _line_typed(self, event: LineTyped) -> None:
        text = event.text.strip()
        if not text:
            return
        turn = Turn(event.item_id, "candidate", text, start_ms=event.at_ms, end_ms=event.at_ms, is_typed=True)
        line = PastLine("candidate", text)
        self._out.append(SaveTurn(turn))
        self._tell(Caption(event.item_id, "candidate", text, is_final=True, at_ms=event.at_ms))
        self._speech_end_ms = None
        self._quiet_since_ms = event.at_ms
        self._has_nudged = False
        self._interrupt(is_cancel_needed=True)
        if self._is_voice_here:
            self._out.append(AddLine(line))
        if self._is_voice_here and self._is_page_here:
            self._ask(event.at_ms, None)
        else:
            self._cue = _Asked()
        self._lines.append(line)

    # the agent speaks

    def _reply_began(self, event: ReplyBegan) -> None:
        self._active = event.response_id
        self._owed_since_ms = event.at_ms
        if not self._is_page_here:
            # Nobody would hear it: the answer is made when somebody is back.
            self._drop(event.response_id)
            self._out.append(CancelReply())
            self._cue = self._cue or _Asked()

    def _reply_sound(self, event: ReplySoundArrived) -> None:
        if event.response_id in self._dropped or not self._is_page_here:
            return
        reply = self._reply(event.item_id, event.response_id)
        if reply.is_over or reply.is_sound_complete:
            return
        self._owed_since_ms = event.at_ms if self._active else None
        reply.sound_ms += event.audio.duration_ms
        self._out.append(Play(event.item_id, event.audio))

    def _sound_completed(self, reply: Reply | None) -> None:
        if reply is None or reply.is_sound_complete:
            return
        reply.is_sound_complete = True
        if reply.is_pending:
            self._out.append(FinishPlaying(reply.item_id))

    def _reply_text(self, event: ReplyTextArrived) -> None:
        reply = self._replies.get(event.item_id)
        if reply is None:
            if event.response_id in self._dropped or not self._is_page_here:
                return
            reply = self._reply(event.item_id, event.response_id)
        reply.text = (event.text if event.is_final else reply.text + event.text).lstrip()
        self._owed_since_ms = event.at_ms if self._active else None
        if reply.is_cut:
            # The cut stays where it was; what comes later was not heard either.
            if event.is_final and reply.heard_text:
                self._out.append(SaveTurn(_turn_of(reply)))
        else:
            start = reply.started_ms if reply.started_ms is not None else event.at_ms
            self._tell(Caption(event.item_id, "agent", reply.text, is_final=event.is_final, at_ms=start))
            if event.is_final and reply.ended_ms is not None and reply.text:
                self._out.append(SaveTurn(_turn_of(reply)))
            elif event.is_final and reply.started_ms is not None:
                self._note_begun(reply)

    def _reply_finished(self, event: ReplyFinished) -> None:
        is_heard = False
        for reply in self._replies.values():
            if reply.response_id == event.response_id:
                is_heard = is_heard or reply.sound_ms > 0
                self._sound_completed(reply)
        if self._active != event.response_id:
            return
        self._active = None
        self._owed_since_ms = None
        if event.is_failed and not is_heard and event.response_id not in self._dropped and self._is_page_here:
            self._reply_failed(event.at_ms)
        elif is_heard:
            self._failures = 0
        if self._wanted is not None and self._is_page_here and not self._speaking:
            wanted, self._wanted = self._wanted, None
            self._ask(event.at_ms, wanted.instructions)

    def _reply_failed(self, at_ms: int) -> None:
        self._failures += 1
        if self._failures == 1:
            self._ask(at_ms, None)
        else:
            self._quiet_since_ms = at_ms
            text = "The coach could not answer. Say something, and it will try again."
            self._tell_problem("reply_failed", text, is_fatal=False)

    def _reply(self, item_id: str, response_id: str) -> Reply:
        reply = self._replies.get(item_id)
        if reply is None:
            reply = self._replies[item_id] = Reply(item_id, response_id)
            for old in [entry for entry in self._replies.values() if entry.is_over][:-_KEPT_REPLIES]:
                del self._replies[old.item_id]
        return reply

    # what is heard of it

    def _playback_started(self, event: PlaybackStarted) -> None:
        reply = self._replies.get(event.item_id)
        if reply is None:
            return
        reply.started_ms = event.at_ms
        self._quiet_since_ms = None
        self._unduck()
        if self._speech_end_ms is not None:
            reply.delay_ms = max(0, event.at_ms - self._speech_end_ms)
            self._speech_end_ms = None
            self._tell(ReplyDelay(reply.delay_ms))
        self._note_begun(reply)

    def _note_begun(self, reply: Reply) -> None:
        """For a call that is resumed after a crash: what the agent was just saying must not be said from the start."""
        if (text := reply.text.strip()) and not reply.is_over:
            self._out.append(SaveTurn(replace(_turn_of(reply), text=text, is_final=False)))

    def _playback_finished(self, item_id: str, at_ms: int) -> None:
        reply = self._replies.get(item_id)
        if reply is None or reply.is_over:
            return
        reply.ended_ms = at_ms
        reply.heard_text = reply.text
        self._quiet_since_ms = at_ms
        if reply.text:
            self._lines.append(PastLine("agent", reply.text))
            self._out.append(SaveTurn(_turn_of(reply)))

    def _playback_cut(self, event: PlaybackCut) -> None:
        reply = self._replies.get(event.item_id)
        if reply is None or reply.is_over:
            return
        if reply.is_sound_complete and event.heard_ms > reply.sound_ms - FRAME_MS:
            self._playback_finished(event.item_id, event.at_ms)
            return
        reply.heard_ms = min(event.heard_ms, int(reply.sound_ms))
        reply.ended_ms = event.at_ms
        split = split_heard(
            reply.text,
            heard_ms=reply.heard_ms,
            sound_ms=reply.sound_ms,
            is_sound_complete=reply.is_sound_complete,
        )
        reply.heard_text = split.heard.rstrip()
        self._tell(CaptionCut(reply.item_id, reply.heard_text, split.unheard.strip()))
        if self._is_voice_here:
            self._out.append(Truncate(reply.item_id, reply.heard_ms))
        if reply.heard_text:
            self._lines.append(PastLine("agent", reply.heard_text))
            self._out.append(SaveTurn(_turn_of(reply)))

    # time

    def _ticked(self, at_ms: int) -> None:
        if not self._is_page_here:
            if self._gone_since_ms is None:
                self._gone_since_ms = at_ms
            elif at_ms - self._gone_since_ms >= self.plan.grace_ms:
                self._end("lost")
            return
        if self._deadline_ms is not None:
            remaining_ms = self._deadline_ms - at_ms
            if remaining_ms <= 0:
                self._end("time_up")
                return
            self._tell(Time(at_ms, -(-remaining_ms // 1000)))
            if remaining_ms <= WRAP_UP_MS and not self._has_wrapped_up and self._is_idle:
                self._has_wrapped_up = True
                self._ask(at_ms, WRAP_UP)
        if self._ducked_at_ms is not None and at_ms - self._ducked_at_ms >= DUCK_MS:
            self._unduck()
        if self._owed_since_ms is not None and at_ms - self._owed_since_ms >= STALL_MS and self._is_voice_here:
            self._owed_since_ms = None
            self._cue = self._cue or _Asked()
            self._out.append(RestartVoice())
        elif (
            self._is_idle
            and not self._has_nudged
            and self._quiet_since_ms is not None
            and at_ms - self._quiet_since_ms >= IDLE_MS
        ):
            self._has_nudged = True
            self._ask(at_ms, NUDGE)

    @property
    def _is_idle(self) -> bool:
        """Nobody speaks, nobody is about to."""
        return not (
            self._active
            or self._speaking
            or self._speeches
            or self._has_unheard_sound
            or self._owed_since_ms is not None
            or not self._is_voice_here
        )

    def _unduck(self) -> None:
        if self._ducked_at_ms is not None:
            self._ducked_at_ms = None
            self._tell(Unduck())

    def _end(self, reason: EndReason) -> None:
        if self._speaking and self._is_voice_here:
            self._out.append(SendSilence())
        if self._has_unheard_sound:
            self._out.append(StopPlaying())
        if self._active and self._is_voice_here:
            self._out.append(CancelReply())
        self._tell(Ended(reason))
        self._out.append(EndCall(reason))
        self.is_over = True

    # the page

    def _tell(self, message: PageMessage) -> None:
        self._out.append(Tell(message))

    def _tell_problem(self, code: str, text: str, *, is_fatal: bool) -> None:
        self._tell(Problem(code, text, is_fatal))

    def _show_state(self) -> None:
        if not self._is_page_here or self.is_over:
            return
        state = self._state
        if state != self._shown:
            self._shown = state
            self._tell(State(state))

    @property
    def _state(self) -> CallState:
        if not self._is_voice_here:
            return "reconnecting" if self._had_voice else "connecting"
        if self._speaking:
            return "hearing"
        if self._has_unheard_sound:
            return "speaking"
        if self._active or self._speeches or self._owed_since_ms is not None:
            return "thinking"
        return "listening"


def _turn_of(reply: Reply) -> Turn:
    start = reply.started_ms if reply.started_ms is not None else reply.ended_ms or 0
    return Turn(
        item_id=reply.item_id,
        speaker="agent",
        text=reply.heard_text if reply.is_cut else reply.text,
        start_ms=start,
        end_ms=max(start, reply.ended_ms or start),
        unheard_text=reply.text[len(reply.heard_text) :].strip() if reply.is_cut else "",
        reply_delay_ms=reply.delay_ms,
    )

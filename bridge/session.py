"""A call as pure logic: events in, commands out. No I/O, no clock; `room.py` performs what comes out.

What is played, cut, journalled, asked of the model and shown to the page is decided here and nowhere else. The model
never speaks by itself: when the person has finished, it is asked.
"""

from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from bridge.agenda import WRAP_UP_MS, Agenda
from bridge.commands import (
    AddLine,
    Ask,
    CancelReply,
    Command,
    CommitSpeech,
    EndCall,
    EndReason,
    EnterStage,
    FinishPlaying,
    PausePlaying,
    Play,
    RestartVoice,
    ResumePlaying,
    SaveTurn,
    SendSilence,
    SendSound,
    StopPlaying,
    Tell,
    Truncate,
)
from bridge.doubt import Doubt, Verdict
from bridge.events import (
    CallEvent,
    CandidateGuessArrived,
    CandidateTextArrived,
    DoneAsked,
    EndAsked,
    LineTyped,
    MicHeard,
    PageConnected,
    PageLost,
    PlaybackCut,
    PlaybackFinished,
    PlaybackProgressed,
    PlaybackStarted,
    ReplyBegan,
    ReplyFinished,
    ReplySoundArrived,
    ReplySoundCompleted,
    ReplyTextArrived,
    SpeechBegan,
    SpeechEnded,
    ThinkAsked,
    Ticked,
    VoiceConnected,
    VoiceFaltered,
    VoiceGaveUp,
    VoiceLost,
    VoiceStayedAway,
    WishAsked,
)
from bridge.holding import ANSWER_WORDS, HOLD_MS, asks_to_think
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
    StageShown,
    State,
    Thinking,
    Unduck,
)
from bridge.meter import SpeechMeter
from bridge.prompts import GO_ON, NUDGE, PLAN_OVER, RAMBLE, REPEAT, WISHES, WRAP_UP, next_stage
from bridge.receipt import Receipt
from bridge.reply import Reply
from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.meetings.turns import Turn
from peak_app.ports.voice import PastLine, TurnTaking

IDLE_MS: Final[dict[TurnTaking, int]] = {"patient": 40_000, "balanced": 20_000, "brisk": 15_000}
"""Silence of both after which the agent may ask once whether the person is still there."""
WRAP_UP_QUIET_MS = 4_000
"""Quiet after which the agent may bring the interview to an end without being spoken to."""
STALL_MS = 20_000
"""Longest wait for the next sign of an answer the model owes."""
DUCK_MS = 1_500
"""Longest time the page keeps the agent's sound down after an interruption without a new answer."""
LONGEST_DOUBT_MS = 3_000
"""A page that sends no sound any more leaves no doubt open."""
CUT_OFF_MS = 2_000
"""Someone who goes on speaking this soon after an answer's first sound had not finished."""
UNCLEAR_MS = 2_000
"""Speech this long is answered even when no words were made out in it."""
SHORTEST_SPEECH_MS = 250
"""Shorter sounds are no turn, where the words are not waited for."""
ASIDE_WORDS = 3
"""A sound that did not interrupt but holds so many words was meant to."""
VOICE_AGE_MS = 50 * 60_000
"""From this age on the model's connection is renewed in a quiet moment: services end it after an hour."""
FRAME_MS: Final = 20
CAPTION_LEAD_MS = 300
"""How far the agent's caption runs ahead of its sound: eyes find their place before the ear."""
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
    conduct: Conduct = field(default_factory=Conduct)
    waits_for_words: bool = False
    """Whether the words of a turn come with its end: then they decide whether it is answered."""
    is_recorded: bool = True


@dataclass(slots=True)
class Speech:
    """One turn of the person between its first sound and its words."""

    since_ms: int
    until_ms: int | None = None
    text: str = ""
    is_aside: bool = False
    """It did not interrupt the agent, and is not answered."""
    has_interrupted: bool = False


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
    _voice_since_ms: int = 0
    _is_voice_missed: bool = False
    """Whether the person was told that the model stays away."""
    _has_greeted: bool = False
    _gone_since_ms: int | None = None
    _agenda: Agenda | None = None
    """None while nobody is connected."""
    _stage: int | None = None
    _has_stage: bool = False
    _has_wrapped_up: bool = False
    _shown: CallState | None = None

    _active: str | None = None
    """The response the model is making."""
    _dropped: dict[str, None] = field(default_factory=dict)
    """Responses of which nothing more is played; insertion-ordered, bounded."""
    _is_asked: bool = False
    """It was asked, and has not begun to answer."""
    _drops_next: bool = False
    """The answer that was asked for last is not wanted any more, and has not begun yet."""
    _replies: dict[str, Reply] = field(default_factory=dict)
    _owed_since_ms: int | None = None
    """Since when the model owes a sign of life."""
    _wanted: _Asked | None = None
    """To be asked when the present response is done."""
    _cue: _Asked | None = None
    """To be asked when page and model are both back."""
    _answered_item: str | None = None
    """The spoken turn that was last asked an answer to."""

    _speeches: dict[str, Speech] = field(default_factory=dict)
    _speaking: str | None = None
    _spoken: Turn | None = None
    """The person's last spoken turn."""
    _cut_off: set[str] = field(default_factory=set)
    """Turns that were cut off and whose words are not there yet."""
    _is_answer_owed: bool = False
    """The person has said something, and the model was not asked yet."""
    _answer_since_ms: int | None = None
    """When the person began to speak after the agent's last words."""
    _doubt: Doubt | None = None
    _hold_until_ms: int | None = None
    _is_stepping_in: bool = False
    """The agent is about to interrupt an answer that got too long, or does so now."""
    _stage_cue: str | None = None
    """What the next answer must do because a stage is over."""
    _receipt: Receipt | None = None
    _meter: SpeechMeter = field(default_factory=SpeechMeter)

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

    def _dispatch(self, event: CallEvent) -> None:  # noqa: PLR0912, PLR0915 - one line for each event
        match event:
            case MicHeard():
                self._mic_heard(event)
            case PageConnected():
                self._page_connected(event)
            case PageLost(at_ms=at_ms):
                self._page_lost(at_ms)
            case EndAsked():
                self._end("ended_by_person")
            case LineTyped():
                self._line_typed(event)
            case ThinkAsked(at_ms=at_ms, is_on=is_on):
                self._think_asked(at_ms, is_on=is_on)
            case DoneAsked(at_ms=at_ms):
                self._commit_speech(at_ms)
            case WishAsked(at_ms=at_ms, wish=wish):
                self._demand(at_ms, WISHES[wish])
            case VoiceConnected(at_ms=at_ms):
                self._voice_connected(at_ms)
            case VoiceLost():
                self._voice_lost()
            case VoiceStayedAway(sentence=sentence):
                self._is_voice_missed = True
                self._tell_problem("voice_gone", sentence, is_fatal=False)
            case VoiceGaveUp(sentence=sentence):
                self._tell_problem("voice_gone", sentence, is_fatal=True)
                self._end("failed")
            case VoiceFaltered():
                pass  # the room has logged it; whatever failed was a courtesy to the model
            case SpeechBegan():
                self._speech_began(event)
            case SpeechEnded():
                self._speech_ended(event)
            case CandidateGuessArrived():
                self._candidate_guess(event)
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
            case PlaybackProgressed(item_id=item_id, heard_ms=heard_ms):
                self._show_heard(self._replies.get(item_id), heard_ms)
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
                self._note_end(event)
            case CandidateTextArrived():
                self._write_down(event)
            case ReplyBegan():
                self._out.append(CancelReply())
            case _:
                pass
        self._out = [command for command in self._out if isinstance(command, SaveTurn | CancelReply)]

    # pages

    def _page_connected(self, event: PageConnected) -> None:
        self._is_page_here = True
        self._gone_since_ms = None
        self._agenda = Agenda(self.plan.conduct.stages, event.at_ms + event.allowance_ms)
        if event.allowance_ms <= WRAP_UP_MS // 2:
            # Hardly time for a word: the end comes by itself.
            self._has_wrapped_up = True
        self._quiet_since_ms = event.at_ms
        self._ducked_at_ms = None
        self._shown = None
        hello = Hello(
            elapsed_ms=event.at_ms,
            agent=self.plan.agent_name,
            notice=self.plan.notice,
            is_resumed=self._has_greeted,
            cap_s=self._agenda.ends_at_ms // 1000,
            planned_s=self._agenda.planned_ms // 1000,
            stages=tuple(StageShown(stage.name, stage.minutes) for stage in self.plan.conduct.stages),
            is_recorded=self.plan.is_recorded,
        )
        self._tell(hello)
        self._enter_stage(event.at_ms)
        if self._hold_until_ms is not None:
            self._tell(Thinking(max(0, self._hold_until_ms - event.at_ms)))
        if self._is_voice_missed:
            self._tell_problem("voice_gone", "The coach can't be reached right now. We keep trying.", is_fatal=False)
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
        self._agenda = None
        self._doubt = None
        self._is_stepping_in = False
        self._receipt = None
        if self._has_unheard_sound:
            self._cue = _Asked(GO_ON)
        elif self._active or self._wanted or self._is_answer_owed:
            self._cue = self._cue or self._wanted or _Asked()
        # An answer that was asked for and has not begun may still find somebody here.
        self._owed_since_ms = at_ms if self._is_asked else None
        self._is_answer_owed = False
        self._wanted = None
        self._interrupt(is_cancel_needed=True)
        if self._speaking:
            self._out.append(SendSilence())

    @property
    def _has_unheard_sound(self) -> bool:
        return any(reply.is_pending for reply in self._replies.values())

    @property
    def _is_answer_expected(self) -> bool:
        """Whether the model makes an answer, or was asked for one."""
        return bool(self._active) or self._is_asked or self._wanted is not None

    @property
    def _is_unanswered(self) -> bool:
        """Whether the person would never hear the answer to what they said, if it were stopped now."""
        return self._is_answer_expected and not self._has_unheard_sound and self._answered_item is not None

    # the model's connection

    def _voice_connected(self, at_ms: int) -> None:
        self._is_voice_here = self._had_voice = True
        self._voice_since_ms = at_ms
        if self._is_voice_missed:
            self._is_voice_missed = False
            self._tell_problem("voice_back", "", is_fatal=False)
        self._take_up(at_ms)

    def _voice_lost(self) -> None:
        if not self._is_voice_here:
            return
        self._is_voice_here = False
        if self._doubt is not None:
            # Nobody can tell any more; what is there of the answer is played.
            self._doubt = None
            self._out.append(ResumePlaying())
            self._unduck()
        if self._speaking or any(not speech.text for speech in self._speeches.values()):
            self._cue = _Asked(REPEAT)
        elif any(reply.is_pending and not reply.is_sound_complete for reply in self._replies.values()):
            self._cue = _Asked(GO_ON)
        elif self._is_answer_owed or (self._is_answer_expected and not self._has_unheard_sound):
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
        self._is_asked = self._drops_next = False
        self._wanted = None
        self._owed_since_ms = None
        self._is_answer_owed = False
        self._is_stepping_in = False
        self._receipt = None

    def _ask(self, at_ms: int, instructions: str | None, answered_item: str | None = None) -> None:
        self._is_answer_owed = False
        self._answered_item = answered_item
        if self._active or self._drops_next:
            self._wanted = _Asked(instructions)
            self._owed_since_ms = at_ms
            return
        self._out.append(Ask(instructions))
        self._is_asked = True
        self._owed_since_ms = at_ms

    def _demand(self, at_ms: int, instructions: str) -> None:
        """The person asks for something by a button: at once, whatever the agent was saying."""
        if not self._is_page_here:
            return
        self._release_hold()
        self._receipt = None
        self._has_nudged = False
        if not self._is_voice_here:
            self._cue = _Asked(instructions)
            return
        self._stop_agent()
        self._ask(at_ms, instructions)

    # the person speaks

    def _mic_heard(self, event: MicHeard) -> None:
        if not (self._is_page_here and self._is_voice_here):
            return
        self._out.append(SendSound(event.audio, event.at_ms))
        if self._doubt is not None:
            self._judge(event.at_ms, self._doubt.hear(event.at_ms, event.audio.duration_ms, is_voice=event.is_voice))
        elif event.is_voice and self._speaking and not self._is_stepping_in and self._has_unheard_sound:
            # They cleared their throat and then went on: the model takes it for one and the same speech.
            self._begin_doubt(self._speaking, event.at_ms)

    def _speech_began(self, event: SpeechBegan) -> None:
        if not self._is_page_here:
            return
        self._speaking = event.item_id
        self._speeches[event.item_id] = Speech(event.since_ms, is_aside=self._is_stepping_in)
        self._quiet_since_ms = None
        self._has_nudged = False
        if self._answer_since_ms is None:
            self._answer_since_ms = event.since_ms
        if not self._is_stepping_in and (self._has_unheard_sound or self._is_answer_expected):
            self._begin_doubt(event.item_id, event.since_ms)
            if self._ducked_at_ms is not None:
                self._ducked_at_ms = event.at_ms

    def _begin_doubt(self, item_id: str, since_ms: int) -> None:
        """The agent falls silent until it is clear whether it is being interrupted."""
        self._doubt = Doubt(item_id, since_ms)
        self._out.append(PausePlaying())
        if self._has_unheard_sound:
            self._tell(Duck())
            self._ducked_at_ms = since_ms

    def _judge(self, at_ms: int, verdict: Verdict) -> None:
        doubt = self._doubt
        if doubt is None or verdict == "open":
            return
        self._doubt = None
        speech = self._speeches.get(doubt.item_id)
        if verdict == "none":
            if speech is not None and not speech.has_interrupted:
                speech.is_aside = True
            self._out.append(ResumePlaying())
            self._unduck()
            if not self._has_unheard_sound:
                self._quiet_since_ms = at_ms
            self._answer(at_ms, None)
            return
        if speech is not None:
            speech.is_aside, speech.has_interrupted = False, True
        self._note_cut_off(doubt.since_ms)
        self._withdraw_answer()

    def _note_cut_off(self, since_ms: int) -> None:
        """Count it when the agent had only just begun to answer someone who now goes on."""
        playing = [reply for reply in self._replies.values() if reply.is_pending and reply.started_ms is not None]
        reply = playing[-1] if playing else None
        if reply is None or reply.started_ms is None or since_ms - reply.started_ms > CUT_OFF_MS:
            return
        item_id = reply.answered_item
        if item_id is None:
            return
        if self._spoken is not None and self._spoken.item_id == item_id:
            self._spoken = replace(self._spoken, was_cut_off=True)
            self._out.append(SaveTurn(self._spoken))
        else:
            self._cut_off.add(item_id)

    def _withdraw_answer(self) -> None:
        """The agent's answer came too early: what nobody heard of it is made anew when the person has finished."""
        is_unanswered = self._is_unanswered
        self._stop_agent()
        self._is_answer_owed = self._is_answer_owed or is_unanswered

    def _stop_agent(self) -> None:
        """Nothing of what the agent says or is about to say is wanted any more."""
        if self._is_asked and not self._active:
            self._drops_next = True
        self._is_asked = False
        self._owed_since_ms = None
        self._wanted = None
        self._is_stepping_in = False
        self._doubt = None
        self._interrupt(is_cancel_needed=True)

    def _interrupt(self, *, is_cancel_needed: bool) -> None:
        """Nothing of the present answer is played any more."""
        if self._active:
            self._drop(self._active)
            if is_cancel_needed:
                self._out.append(CancelReply())
        # Also when nothing is left to play: playing may be paused.
        self._out.append(StopPlaying())

    def _drop(self, response_id: str) -> None:
        self._dropped[response_id] = None
        if len(self._dropped) > _KEPT_REPLIES:
            self._dropped.pop(next(iter(self._dropped)))

    def _speech_ended(self, event: SpeechEnded) -> None:
        speech = self._note_end(event)
        self._quiet_since_ms = event.at_ms
        if speech is None or speech.until_ms is None:
            return
        if self._doubt is not None and self._doubt.item_id == event.item_id:
            self._judge(event.at_ms, self._doubt.end(speech.until_ms))
        if speech.is_aside:
            return
        self._receipt = Receipt(speech.until_ms, event.at_ms)
        if self.plan.waits_for_words:
            self._owed_since_ms = self._owed_since_ms or event.at_ms
        elif speech.until_ms - speech.since_ms >= SHORTEST_SPEECH_MS or speech.has_interrupted:
            self._is_answer_owed = True
            self._answer(event.at_ms, event.item_id)

    def _note_end(self, event: SpeechEnded) -> Speech | None:
        if self._speaking == event.item_id:
            self._speaking = None
        speech = self._speeches.get(event.item_id)
        if speech is not None:
            speech.until_ms = max(speech.since_ms, event.until_ms)
        return speech

    def _commit_speech(self, at_ms: int) -> None:
        """The turn is over by word of the person, or of the agent that steps in."""
        item_id = self._speaking
        speech = self._speeches.get(item_id) if item_id else None
        if item_id is None or speech is None or not self._is_voice_here:
            return
        self._out.append(CommitSpeech())
        self._release_hold()
        if self._doubt is not None:
            self._judge(at_ms, "interruption")
        speech.until_ms, speech.is_aside = at_ms, False
        self._speaking = None
        self._receipt = Receipt(at_ms, at_ms)
        self._owed_since_ms = at_ms
        if not self.plan.waits_for_words:
            self._is_answer_owed = True
            self._answer(at_ms, item_id)

    def _candidate_guess(self, event: CandidateGuessArrived) -> None:
        speech = self._speeches.get(event.item_id)
        if speech is not None and event.text.strip():
            self._tell(Caption(event.item_id, "candidate", event.text, is_final=False, at_ms=speech.since_ms))

    def _candidate_text(self, event: CandidateTextArrived) -> None:
        if not event.is_final:
            speech = self._speeches.setdefault(event.item_id, Speech(event.at_ms))
            speech.text += event.text
            self._tell(Caption(event.item_id, "candidate", speech.text, is_final=False, at_ms=speech.since_ms))
            return
        speech = self._write_down(event)
        text = event.text.strip()
        if self._doubt is not None and self._doubt.item_id == event.item_id:
            self._judge(event.at_ms, "interruption" if len(text.split()) >= ASIDE_WORDS else "none")
        self._react(event, speech, text)

    def _react(self, event: CandidateTextArrived, speech: Speech, text: str) -> None:
        """What a turn means for the conversation, now that its words are known."""
        words = len(text.split())
        if speech.is_aside and not self._is_stepping_in and words >= ASIDE_WORDS:
            speech.is_aside = False
            self._stop_agent()
        if speech.is_aside:
            self._answer(event.at_ms, None)
            return
        if asks_to_think(text):
            self._stop_agent()
            self._hold(event.at_ms)
            return
        if self._hold_until_ms is not None:
            self._owed_since_ms = None
            self._is_answer_owed = self._is_answer_owed or words > 0
            if words >= ANSWER_WORDS:
                self._release_hold()
                self._answer(event.at_ms, event.item_id)
            return
        if self.plan.waits_for_words:
            if self._receipt is not None:
                self._receipt.words_at_ms = event.at_ms
            length_ms = (speech.until_ms or event.at_ms) - speech.since_ms
            if text or speech.has_interrupted or length_ms >= UNCLEAR_MS:
                self._is_answer_owed = True
            else:
                self._owed_since_ms = None
                self._receipt = None
            self._answer(event.at_ms, event.item_id)

    def _answer(self, at_ms: int, item_id: str | None) -> None:
        """Ask for the answer that is owed, unless the person is still at it or holds the turn."""
        if not self._is_answer_owed or self._hold_until_ms is not None or self._doubt is not None:
            return
        if self._speaking and not self._is_stepping_in:
            return
        if not (self._is_voice_here and self._is_page_here):
            self._is_answer_owed = False
            self._cue = self._cue or _Asked()
            return
        self._ask(at_ms, self._due_request(at_ms), item_id)

    def _due_request(self, at_ms: int) -> str | None:
        """What the next answer must do besides answering."""
        if self._is_stepping_in:
            return RAMBLE
        if self._is_wrap_up_due(at_ms):
            return self._take_wrap_up()
        cue, self._stage_cue = self._stage_cue, None
        return cue

    def _write_down(self, event: CandidateTextArrived) -> Speech:
        """Keep the final words of a turn; gives the turn."""
        known = self._speeches.pop(event.item_id, None)
        speech = known or Speech(event.at_ms, event.at_ms)
        if self._speaking == event.item_id:
            self._speaking = None
        text = event.text.strip()
        if text:
            self._save_speech(event.item_id, speech, text, speech.until_ms or event.at_ms)
        elif known is not None:
            # A caption may show a guess that came to nothing.
            self._tell(Caption(event.item_id, "candidate", "", is_final=True, at_ms=speech.since_ms))
        return speech

    def _save_speech(self, item_id: str, speech: Speech, text: str, until_ms: int) -> None:
        turn = Turn(
            item_id,
            "candidate",
            text,
            start_ms=speech.since_ms,
            end_ms=max(speech.since_ms, until_ms),
            was_cut_off=item_id in self._cut_off,
        )
        self._cut_off.discard(item_id)
        self._spoken = turn
        self._lines.append(PastLine("candidate", text))
        self._out.append(SaveTurn(turn))
        self._tell(Caption(item_id, "candidate", text, is_final=True, at_ms=speech.since_ms))
        self._tell(self._meter.add(turn))

    def _line_typed(self, event: LineTyped) -> None:
        text = event.text.strip()
        if not text:
            return
        turn = Turn(event.item_id, "candidate", text, start_ms=event.at_ms, end_ms=event.at_ms, is_typed=True)
        line = PastLine("candidate", text)
        self._out.append(SaveTurn(turn))
        self._tell(Caption(event.item_id, "candidate", text, is_final=True, at_ms=event.at_ms))
        self._receipt = None
        self._quiet_since_ms = event.at_ms
        self._has_nudged = False
        self._release_hold()
        self._stop_agent()
        if self._is_voice_here:
            self._out.append(AddLine(line))
        if self._is_voice_here and self._is_page_here:
            self._ask(event.at_ms, self._due_request(event.at_ms))
        else:
            self._cue = _Asked()
        self._lines.append(line)

    # the person holds the turn

    def _think_asked(self, at_ms: int, *, is_on: bool) -> None:
        if not self._is_page_here:
            return
        if is_on:
            if not self._has_unheard_sound:
                self._withdraw_answer()
            self._hold(at_ms)
        elif self._hold_until_ms is not None:
            self._release_hold()
            self._quiet_since_ms = at_ms
            self._answer(at_ms, None)

    def _hold(self, at_ms: int) -> None:
        self._hold_until_ms = at_ms + HOLD_MS
        self._receipt = None
        self._tell(Thinking(HOLD_MS))

    def _release_hold(self) -> None:
        if self._hold_until_ms is not None:
            self._hold_until_ms = None
            self._tell(Thinking(0))

    def _hold_ran_out(self, at_ms: int) -> None:
        self._release_hold()
        if self._is_answer_owed:
            self._answer(at_ms, None)
        elif self._is_idle and not self._has_nudged:
            self._has_nudged = True
            self._ask(at_ms, NUDGE)

    def _step_in(self, at_ms: int) -> None:
        """The answer has become too long: the agent interrupts it, politely, and once."""
        self._answer_since_ms = at_ms
        self._is_stepping_in = True
        self._commit_speech(at_ms)

    # the agent speaks

    def _reply_began(self, event: ReplyBegan) -> None:
        self._active = event.response_id
        self._is_asked = False
        if self._drops_next:
            self._drops_next = False
            self._drop(event.response_id)
            self._out.append(CancelReply())
            return
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
        if self._receipt is not None and self._receipt.first_sound_ms is None:
            self._receipt.first_sound_ms = event.at_ms
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
        if self._receipt is not None and self._receipt.first_text_ms is None:
            self._receipt.first_text_ms = event.at_ms
        if reply.is_cut:
            # The cut stays where it was; what comes later was not heard either.
            if event.is_final and reply.heard_text:
                self._out.append(SaveTurn(reply.to_turn()))
        elif event.is_final and reply.ended_ms is not None and reply.text:
            self._show_all(reply)
            self._out.append(SaveTurn(reply.to_turn()))
        elif event.is_final and reply.started_ms is not None:
            self._note_begun(reply)

    def _reply_finished(self, event: ReplyFinished) -> None:
        is_heard = False
        for reply in list(self._replies.values()):
            if reply.response_id == event.response_id:
                is_heard = is_heard or reply.sound_ms > 0
                self._sound_completed(reply)
                if reply.text and not reply.sound_ms and not event.is_failed and event.response_id not in self._dropped:
                    self._show_written(reply, event.at_ms)
                    is_heard = True
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
            self._ask(event.at_ms, wanted.instructions, self._answered_item)

    def _show_written(self, reply: Reply, at_ms: int) -> None:
        """An answer without sound is read instead of heard."""
        if not reply.is_over:
            reply.started_ms = reply.ended_ms = at_ms
            self._answer_since_ms = None
            self._is_stepping_in = False
            self._quiet_since_ms = at_ms
            self._keep_heard(reply)

    def _reply_failed(self, at_ms: int) -> None:
        self._failures += 1
        self._is_stepping_in = False
        if self._failures == 1:
            self._ask(at_ms, None, self._answered_item)
        else:
            self._quiet_since_ms = at_ms
            text = "The coach could not answer. Say something, and it will try again."
            self._tell_problem("reply_failed", text, is_fatal=False)

    def _reply(self, item_id: str, response_id: str) -> Reply:
        reply = self._replies.get(item_id)
        if reply is None:
            reply = self._replies[item_id] = Reply(item_id, response_id, answered_item=self._answered_item)
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
        self._answer_since_ms = None
        if self._doubt is None:
            self._unduck()
        receipt, self._receipt = self._receipt, None
        if receipt is not None:
            reply.delay_ms = receipt.total(event.at_ms)
            reply.delay_parts = receipt.parts(event.at_ms)
            self._tell(ReplyDelay(reply.delay_ms))
        self._show_heard(reply, 0)
        self._note_begun(reply)

    def _show_heard(self, reply: Reply | None, heard_ms: int) -> None:
        """Let the caption follow the sound."""
        if reply is None or reply.is_over:
            return
        text = reply.split_at(heard_ms + CAPTION_LEAD_MS).heard.rstrip()
        if text and text != reply.shown_text and reply.started_ms is not None:
            reply.shown_text = text
            self._tell(Caption(reply.item_id, "agent", text, is_final=False, at_ms=reply.started_ms))

    def _show_all(self, reply: Reply) -> None:
        at_ms = reply.started_ms if reply.started_ms is not None else reply.ended_ms or 0
        self._tell(Caption(reply.item_id, "agent", reply.text, is_final=True, at_ms=at_ms))

    def _note_begun(self, reply: Reply) -> None:
        """For a call that is resumed after a crash: what the agent was just saying must not be said from the start."""
        if (text := reply.text.strip()) and not reply.is_over:
            self._out.append(SaveTurn(replace(reply.to_turn(), text=text, is_final=False)))

    def _playback_finished(self, item_id: str, at_ms: int) -> None:
        reply = self._replies.get(item_id)
        if reply is None or reply.is_over:
            return
        reply.ended_ms = at_ms
        self._quiet_since_ms = at_ms
        self._end_stepping_in()
        self._keep_heard(reply)

    def _keep_heard(self, reply: Reply) -> None:
        """All of an answer reached the person."""
        reply.heard_text = reply.text
        if reply.text:
            self._show_all(reply)
            self._lines.append(PastLine("agent", reply.text))
            self._out.append(SaveTurn(reply.to_turn()))

    def _end_stepping_in(self) -> None:
        if self._is_stepping_in:
            self._is_stepping_in = False
            # Who still speaks has something to say, and is answered when they are done.
            if self._speaking and (speech := self._speeches.get(self._speaking)):
                speech.is_aside = False

    def _playback_cut(self, event: PlaybackCut) -> None:
        reply = self._replies.get(event.item_id)
        if reply is None or reply.is_over:
            return
        if reply.is_sound_complete and event.heard_ms > reply.sound_ms - FRAME_MS:
            self._playback_finished(event.item_id, event.at_ms)
            return
        reply.heard_ms = min(event.heard_ms, int(reply.sound_ms))
        # It fell silent before it was clear that it was interrupted.
        reply.ended_ms = min(event.at_ms, (reply.started_ms or 0) + reply.heard_ms)
        self._end_stepping_in()
        split = reply.split_at(reply.heard_ms)
        reply.heard_text = split.heard.rstrip()
        self._tell(CaptionCut(reply.item_id, reply.heard_text, split.unheard.strip()))
        if self._is_voice_here:
            self._out.append(Truncate(reply.item_id, reply.heard_ms))
        if reply.heard_text:
            self._lines.append(PastLine("agent", reply.heard_text))
            self._out.append(SaveTurn(reply.to_turn()))

    # time

    def _ticked(self, at_ms: int) -> None:
        if not self._is_page_here or self._agenda is None:
            if self._gone_since_ms is None:
                self._gone_since_ms = at_ms
            elif at_ms - self._gone_since_ms >= self.plan.grace_ms:
                self._end("lost")
            return
        if at_ms >= self._agenda.ends_at_ms:
            self._end("time_up")
            return
        self._tell(self._agenda.time_at(at_ms))
        self._enter_stage(at_ms)
        if self._doubt is not None and at_ms - self._doubt.since_ms >= LONGEST_DOUBT_MS:
            self._judge(at_ms, "none")
        if self._ducked_at_ms is not None and at_ms - self._ducked_at_ms >= DUCK_MS and self._doubt is None:
            self._unduck()
        if self._hold_until_ms is not None and at_ms >= self._hold_until_ms:
            self._hold_ran_out(at_ms)
        if self._owed_since_ms is not None and at_ms - self._owed_since_ms >= STALL_MS and self._is_voice_here:
            self._owed_since_ms = None
            self._cue = self._cue or _Asked()
            self._out.append(RestartVoice())
        elif self._is_rambling(at_ms):
            self._step_in(at_ms)
        elif self._is_idle and self._hold_until_ms is None:
            self._fill_quiet(at_ms)

    def _fill_quiet(self, at_ms: int) -> None:
        """Nobody speaks: what is due now, if anything."""
        quiet_ms = 0 if self._quiet_since_ms is None else at_ms - self._quiet_since_ms
        if self._is_wrap_up_due(at_ms) and quiet_ms >= WRAP_UP_QUIET_MS:
            self._ask(at_ms, self._take_wrap_up())
        elif not self._has_nudged and not self._has_wrapped_up and quiet_ms >= IDLE_MS[self.plan.conduct.turn_taking]:
            self._has_nudged = True
            cue, self._stage_cue = self._stage_cue, None
            self._ask(at_ms, cue or NUDGE)
        elif at_ms - self._voice_since_ms >= VOICE_AGE_MS and quiet_ms >= WRAP_UP_QUIET_MS:
            self._voice_since_ms = at_ms
            self._out.append(RestartVoice())

    def _enter_stage(self, at_ms: int) -> None:
        """Tell the model when another stage begins. The first is in its instructions from the start."""
        if self._agenda is None or not self.plan.conduct.stages:
            return
        stage = self._agenda.stage_at(at_ms)
        if self._has_stage and stage != self._stage:
            self._out.append(EnterStage(stage))
            if stage is not None and not self._has_wrapped_up:
                self._stage_cue = next_stage(self.plan.conduct.stages[stage])
        self._stage, self._has_stage = stage, True

    def _is_wrap_up_due(self, at_ms: int) -> bool:
        return self._agenda is not None and not self._has_wrapped_up and at_ms >= self._agenda.planned_ms

    def _take_wrap_up(self) -> str:
        self._has_wrapped_up = True
        self._stage_cue = None
        is_early = self._agenda is not None and self._agenda.planned_ms < self._agenda.ends_at_ms - WRAP_UP_MS
        return PLAN_OVER if is_early else WRAP_UP

    def _is_rambling(self, at_ms: int) -> bool:
        after_s = self.plan.conduct.ramble_after_s
        return (
            after_s is not None
            and self._speaking is not None
            and self._answer_since_ms is not None
            and at_ms - self._answer_since_ms >= after_s * 1000
            and self._hold_until_ms is None
            and self._doubt is None
            and not self._is_stepping_in
        )

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
        speech = self._speeches.get(self._speaking) if self._speaking else None
        is_listened_to = speech is not None and not speech.is_aside and self._doubt is None
        if self._has_unheard_sound and not is_listened_to:
            return "speaking"
        if self._speaking:
            return "hearing"
        if self._hold_until_ms is not None:
            return "holding"
        if self._active or self._speeches or self._owed_since_ms is not None:
            return "thinking"
        return "listening"

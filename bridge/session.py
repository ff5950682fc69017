"""A call as pure logic: events in, commands out. No I/O, no clock; `room.py` performs what comes out.

What is played, cut, journalled, asked of the model and shown to the page is decided here, and in the two halves of a
call: `person.py` has the person's turns, `agent.py` the agent's. Here are the page, the model's connection, and time.
"""

from dataclasses import dataclass, field
from typing import Final, assert_never

from bridge.agenda import WRAP_UP_MS, Agenda
from bridge.agent import Agent
from bridge.commands import CancelReply, Command, EndCall, EndReason, EnterStage, RestartVoice, SaveTurn, SendSilence
from bridge.conversation import Asked, Conversation
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
from bridge.messages import CallState, Ended, Hello, StageShown, State, Thinking
from bridge.person import Person
from bridge.prompts import GO_ON, NUDGE, PLAN_OVER, REPEAT, WISHES, WRAP_UP, next_stage
from peak_app.domain.agents.conduct import Conduct
from peak_app.i18n.catalogue import t
from peak_app.ports.voice import PastLine, TurnTaking

IDLE_MS: Final[dict[TurnTaking, int]] = {"patient": 40_000, "balanced": 20_000, "brisk": 15_000}
"""Silence of both after which the agent may ask once whether the person is still there."""
WRAP_UP_QUIET_MS = 4_000
"""Quiet after which the agent may bring the interview to an end without being spoken to."""
STALL_MS = 20_000
"""Longest wait for the next sign of an answer the model owes."""
DUCK_MS = 1_500
"""Longest time the page keeps the agent's sound down after an interruption without a new answer."""
VOICE_AGE_MS = 50 * 60_000
"""From this age on the model's connection is renewed in a quiet moment: services end it after an hour."""
MOST_LINES = 300
"""Lines a new connection to the model is told."""


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


class CallSession:
    """One call from its first page to its end, across pages and connections to the model."""

    def __init__(self, plan: CallPlan) -> None:
        self.plan = plan
        self.is_over = False
        self._talk = Conversation(lines=list(plan.lines))
        self._agent = Agent(self._talk)
        self._person = Person(
            self._talk, self._agent, plan.waits_for_words, plan.conduct.ramble_after_s, self._due_request
        )
        self._has_greeted = bool(plan.lines)
        if plan.lines and plan.was_cut:
            self._talk.cue = Asked(GO_ON)
        elif plan.lines and plan.lines[-1].speaker == "candidate":
            self._talk.cue = Asked()
        self._gone_since_ms: int | None = None
        self._agenda: Agenda | None = None
        """None while nobody is connected."""
        self._stage: int | None = None
        self._has_stage = False
        self._stage_cue: str | None = None
        """What the next answer must do because a stage is over."""
        self._has_wrapped_up = False
        self._had_voice = False
        self._voice_since_ms = 0
        self._is_voice_missed = False
        """Whether the person was told that the model stays away."""
        self._shown: CallState | None = None

    # what others may know

    @property
    def is_settled(self) -> bool:
        """Whether no words of the person are still being written down."""
        return not self._person.has_open_turns

    @property
    def is_between_turns(self) -> bool:
        """Whether nobody speaks and nobody owes anything: the moment to move to another session of the model."""
        return self.is_settled and self._state == "listening"

    @property
    def history(self) -> tuple[PastLine, ...]:
        """What a new connection to the model must know: all lines, also the one that is being played."""
        return tuple([*self._talk.lines, *self._agent.unheard_lines][-MOST_LINES:])

    # events

    def handle(self, event: CallEvent) -> list[Command]:
        """Take one event; gives what is to be done, in order."""
        out: list[Command] = []
        self._talk.out = out
        if self.is_over:
            self._after_the_end(event)
            return [command for command in out if isinstance(command, SaveTurn | CancelReply)]
        self._dispatch(event)
        self._show_state()
        return out

    def _dispatch(self, event: CallEvent) -> None:  # noqa: PLR0912, PLR0915 - one line for each event
        match event:
            case MicHeard():
                self._person.hear(event)
            case PageConnected():
                self._page_connected(event)
            case PageLost(at_ms=at_ms):
                self._page_lost(at_ms)
            case EndAsked():
                self._end("ended_by_person")
            case LineTyped():
                self._person.type_line(event)
            case ThinkAsked(at_ms=at_ms, is_on=is_on):
                self._person.think(at_ms, is_on=is_on)
            case DoneAsked(at_ms=at_ms):
                self._person.commit_speech(at_ms)
            case WishAsked(at_ms=at_ms, wish=wish):
                self._person.demand(at_ms, WISHES[wish])
            case VoiceConnected(at_ms=at_ms):
                self._voice_connected(at_ms)
            case VoiceLost():
                self._voice_lost()
            case VoiceStayedAway(sentence=sentence):
                self._is_voice_missed = True
                self._talk.tell_problem("voice_gone", sentence)
            case VoiceGaveUp(sentence=sentence):
                self._talk.tell_problem("voice_gone", sentence, is_fatal=True)
                self._end("failed")
            case VoiceFaltered():
                pass  # the room has logged it; whatever failed was a courtesy to the model
            case SpeechBegan():
                self._person.begin_speech(event)
            case SpeechEnded():
                self._person.end_speech(event)
            case CandidateGuessArrived():
                self._person.guess(event)
            case CandidateTextArrived():
                self._person.add_text(event)
            case ReplyBegan():
                self._agent.begin(event)
            case ReplySoundArrived():
                self._agent.add_sound(event)
            case ReplySoundCompleted(item_id=item_id):
                self._agent.complete_sound(item_id)
            case ReplyTextArrived():
                self._agent.add_text(event)
            case ReplyFinished():
                self._reply_finished(event)
            case PlaybackStarted():
                self._agent.start_playing(event)
                self._person.hear_agent_begin()
            case PlaybackProgressed(item_id=item_id, heard_ms=heard_ms):
                self._agent.show_heard(item_id, heard_ms)
            case PlaybackFinished(at_ms=at_ms, item_id=item_id):
                self._agent.finish_playing(item_id, at_ms)
                self._person.hear_agent_end()
            case PlaybackCut():
                self._agent.cut(event)
                self._person.hear_agent_end()
            case Ticked(at_ms=at_ms):
                self._ticked(at_ms)
            case _:
                assert_never(event)

    def _after_the_end(self, event: CallEvent) -> None:
        """The last words are still written down; nothing else happens any more."""
        match event:
            case PlaybackCut():
                self._agent.cut(event)
            case SpeechEnded():
                self._person.note_end(event)
            case CandidateTextArrived(is_final=True):
                self._person.write_down(event)
            case ReplyBegan():
                self._talk.do(CancelReply())
            case _:
                pass

    # pages

    def _page_connected(self, event: PageConnected) -> None:
        talk = self._talk
        talk.is_page_here = True
        talk.quiet_since_ms = event.at_ms
        talk.forget_duck()
        self._gone_since_ms = None
        self._shown = None
        self._agenda = Agenda(self.plan.conduct.stages, event.at_ms + event.allowance_ms)
        if event.allowance_ms <= WRAP_UP_MS // 2:
            # Hardly time for a word: the end comes by itself.
            self._has_wrapped_up = True
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
        talk.tell(hello)
        self._enter_stage(event.at_ms)
        if self._person.is_holding:
            talk.tell(Thinking(self._person.hold_left_ms(event.at_ms)))
        if self._is_voice_missed:
            talk.tell_problem("voice_gone", t("room.voice_gone"))
        self._take_up(event.at_ms)

    def _take_up(self, at_ms: int) -> None:
        """Page and model are both there: say what is due."""
        talk = self._talk
        if not talk.is_whole:
            return
        talk.quiet_since_ms = at_ms
        cue, talk.cue = talk.cue, None
        if not self._has_greeted:
            self._has_greeted = True
            self._agent.ask(at_ms, None)
        elif cue is not None:
            self._agent.ask(at_ms, cue.instructions)

    def _page_lost(self, at_ms: int) -> None:
        talk = self._talk
        if not talk.is_page_here:
            return
        talk.is_page_here = False
        self._gone_since_ms = at_ms
        self._agenda = None
        was_heard = self._agent.has_unheard_sound
        cue = self._agent.lose_page(at_ms)
        is_owed = self._person.lose_page()
        if was_heard:
            talk.cue = Asked(GO_ON)
        elif cue is not None or is_owed:
            talk.cue = talk.cue or cue or Asked()

    # the model's connection

    def _voice_connected(self, at_ms: int) -> None:
        self._talk.is_voice_here = self._had_voice = True
        self._voice_since_ms = at_ms
        if self._is_voice_missed:
            self._is_voice_missed = False
            self._talk.tell_problem("voice_back", "")
        self._take_up(at_ms)

    def _voice_lost(self) -> None:
        talk = self._talk
        if not talk.is_voice_here:
            return
        talk.is_voice_here = False
        is_broken_off = self._agent.is_broken_off
        is_lost, is_owed = self._person.lose_voice()
        cue = self._agent.lose_voice()
        if is_lost:
            talk.cue = Asked(REPEAT)
        elif is_broken_off:
            talk.cue = Asked(GO_ON)
        elif cue is not None or is_owed:
            talk.cue = talk.cue or cue or Asked()

    def _reply_finished(self, event: ReplyFinished) -> None:
        if self._agent.finish(event, may_ask=self._person.speaking is None):
            self._person.hear_agent_end()
            self._talk.quiet_since_ms = event.at_ms
            self._talk.tell_problem("reply_failed", t("room.reply_failed"))

    # time

    def _ticked(self, at_ms: int) -> None:
        if self._agenda is None:
            if self._gone_since_ms is None:
                self._gone_since_ms = at_ms
            elif at_ms - self._gone_since_ms >= self.plan.grace_ms:
                self._end("lost")
            return
        if at_ms >= self._agenda.ends_at_ms:
            self._end("time_up")
            return
        talk = self._talk
        talk.tell(self._agenda.time_at(at_ms))
        self._enter_stage(at_ms)
        was_holding = self._person.is_holding
        self._person.tick(at_ms)
        if talk.is_ducked_since(at_ms, DUCK_MS) and not self._agent.has_unheard_sound:
            talk.unduck()
        owed_since_ms = self._agent.owed_since_ms
        if owed_since_ms is not None and at_ms - owed_since_ms >= STALL_MS and talk.is_voice_here:
            self._agent.owed_since_ms = None
            talk.cue = talk.cue or Asked()
            talk.tell_problem("voice_slow", t("room.voice_slow"))
            talk.do(RestartVoice())
        elif self._person.is_rambling(at_ms):
            self._person.step_in(at_ms)
        elif self._is_idle:
            self._fill_quiet(at_ms, has_held=was_holding)

    def _fill_quiet(self, at_ms: int, *, has_held: bool) -> None:
        """Nobody speaks: what is due now, if anything. `has_held`: the time to think has just run out."""
        since_ms = self._talk.quiet_since_ms
        quiet_ms = 0 if since_ms is None else at_ms - since_ms
        is_long = has_held or quiet_ms >= IDLE_MS[self.plan.conduct.turn_taking]
        if self._is_wrap_up_due(at_ms) and quiet_ms >= WRAP_UP_QUIET_MS:
            self._agent.ask(at_ms, self._take_wrap_up())
        elif not self._person.has_nudged and not self._has_wrapped_up and is_long:
            self._person.has_nudged = True
            cue, self._stage_cue = self._stage_cue, None
            self._agent.ask(at_ms, cue or NUDGE)
        elif at_ms - self._voice_since_ms >= VOICE_AGE_MS and quiet_ms >= WRAP_UP_QUIET_MS:
            self._voice_since_ms = at_ms
            self._talk.do(RestartVoice())

    @property
    def _is_idle(self) -> bool:
        """Nobody speaks, nobody is about to, and nobody asked for quiet."""
        return self._talk.is_voice_here and not (
            self._agent.is_making
            or self._agent.has_unheard_sound
            or self._agent.owed_since_ms is not None
            or self._person.speaking
            or self._person.has_open_turns
            or self._person.is_holding
        )

    def _enter_stage(self, at_ms: int) -> None:
        """Tell the model when another stage begins. The first is in its instructions from the start."""
        if self._agenda is None or not self.plan.conduct.stages:
            return
        stage = self._agenda.stage_at(at_ms)
        if self._has_stage and stage != self._stage:
            self._talk.do(EnterStage(stage))
            if stage is not None and not self._has_wrapped_up:
                self._stage_cue = next_stage(self.plan.conduct.stages[stage])
        self._stage, self._has_stage = stage, True

    def _due_request(self, at_ms: int) -> str | None:
        """What the next answer must do besides answering."""
        if self._is_wrap_up_due(at_ms):
            return self._take_wrap_up()
        cue, self._stage_cue = self._stage_cue, None
        return cue

    def _is_wrap_up_due(self, at_ms: int) -> bool:
        return self._agenda is not None and not self._has_wrapped_up and at_ms >= self._agenda.planned_ms

    def _take_wrap_up(self) -> str:
        self._has_wrapped_up = True
        self._stage_cue = None
        is_early = self._agenda is not None and self._agenda.planned_ms < self._agenda.ends_at_ms - WRAP_UP_MS
        return PLAN_OVER if is_early else WRAP_UP

    def _end(self, reason: EndReason) -> None:
        if self._person.speaking and self._talk.is_voice_here:
            self._talk.do(SendSilence())
        self._agent.end()
        self._talk.tell(Ended(reason))
        self._talk.do(EndCall(reason))
        self.is_over = True

    # the page

    def _show_state(self) -> None:
        if not self._talk.is_page_here or self.is_over:
            return
        state = self._state
        if state != self._shown:
            self._shown = state
            self._talk.tell(State(state))

    @property
    def _state(self) -> CallState:
        if not self._talk.is_voice_here:
            return "reconnecting" if self._had_voice else "connecting"
        if self._agent.has_unheard_sound and not self._person.is_listened_to:
            return "speaking"
        if self._person.speaking:
            return "hearing"
        if self._person.is_holding:
            return "holding"
        if self._agent.is_making or self._person.has_open_turns or self._agent.owed_since_ms is not None:
            return "thinking"
        return "listening"

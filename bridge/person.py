"""The person's half of a call: their turns, whether a sound interrupts, who has the floor, and when they are answered.

Pure. `due` tells what the next answer must do besides answering.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bridge.agent import Agent
from bridge.commands import AddLine, CommitSpeech, PausePlaying, ResumePlaying, SendSilence, SendSound
from bridge.conversation import Asked, Conversation
from bridge.doubt import Doubt, Verdict
from bridge.events import (
    CandidateGuessArrived,
    CandidateTextArrived,
    LineTyped,
    MicHeard,
    SpeechBegan,
    SpeechEnded,
)
from bridge.holding import ANSWER_WORDS, HOLD_MS, asks_to_think
from bridge.messages import Caption, Thinking
from bridge.meter import SpeechMeter
from bridge.prompts import RAMBLE
from bridge.rate import Rate
from bridge.receipt import Receipt
from peak_app.domain.meetings.turns import Turn
from peak_app.i18n.catalogue import t
from peak_app.ports.voice import PastLine

CUT_OFF_MS = 2_000
"""Someone who goes on speaking this soon after an answer's first sound had not finished."""
UNCLEAR_MS = 2_000
"""Speech this long is answered even when no words were made out in it."""
SHORTEST_SPEECH_MS = 250
"""Shorter sounds are no turn, where the words are not waited for."""
ASIDE_WORDS = 3
"""A sound that did not interrupt but holds so many words was meant to."""
KEEP_EVERY_MS = 2_000
"""How often what a turn sounds like so far is journalled: what a crash may cost of a long answer."""
LONGEST_DOUBT_MS = 3_000
"""A page that sends no sound any more leaves no doubt open."""
DEMANDS_PER_S, DEMAND_BURST = 0.25, 10.0
"""Answers of one call that may be asked for by hand, by typing and by buttons."""


@dataclass(slots=True)
class Speech:
    """One turn of the person between its first sound and its words."""

    since_ms: int
    until_ms: int | None = None
    text: str = ""
    guess: str = ""
    """What it sounds like so far."""
    kept_at_ms: int | None = None
    """When that was last journalled."""
    is_aside: bool = False
    """It did not interrupt the agent, and is not answered."""
    has_interrupted: bool = False


@dataclass(slots=True)
class Person:
    """Handlers of what the microphone, the keyboard and the buttons bring.

    `waits_for_words`: the words of a turn come with its end, and decide whether it is answered.
    """

    talk: Conversation
    agent: Agent
    waits_for_words: bool
    ramble_after_s: int | None
    due: Callable[[int], str | None]
    speaking: str | None = None
    """The turn that is being spoken."""
    has_nudged: bool = False
    """Whether their silence was broken by the agent already."""
    _speeches: dict[str, Speech] = field(default_factory=dict)
    _spoken: Turn | None = None
    """Their last spoken turn."""
    _cut_off: set[str] = field(default_factory=set)
    """Turns that were cut off and whose words are not there yet."""
    _demands: Rate = field(default_factory=lambda: Rate(DEMANDS_PER_S, DEMAND_BURST))
    _is_line_late: bool = False
    """They typed faster than anyone may be answered; the answer to it all comes when it may."""
    _is_answer_owed: bool = False
    """They have said something, and the model was not asked yet."""
    _answer_since_ms: int | None = None
    """When they began to speak after the agent's last words."""
    _doubt: Doubt | None = None
    _hold_until_ms: int | None = None
    _is_stepped_in: bool = False
    """The agent is about to interrupt an answer that got too long, or does so now."""
    _meter: SpeechMeter = field(default_factory=SpeechMeter)

    # what others may know

    @property
    def has_open_turns(self) -> bool:
        """Whether words are still being written down."""
        return bool(self._speeches)

    @property
    def is_holding(self) -> bool:
        return self._hold_until_ms is not None

    @property
    def is_listened_to(self) -> bool:
        """Whether they speak and the agent takes it for a turn."""
        speech = self._speeches.get(self.speaking) if self.speaking else None
        return speech is not None and not speech.is_aside and self._doubt is None

    def hold_left_ms(self, at_ms: int) -> int:
        return 0 if self._hold_until_ms is None else max(0, self._hold_until_ms - at_ms)

    # sound

    def hear(self, event: MicHeard) -> None:
        if not self.talk.is_whole:
            return
        self.talk.do(SendSound(event.audio, event.at_ms))
        if self._doubt is not None:
            verdict = self._doubt.hear(event.at_ms, event.audio.duration_ms, is_voice=event.is_voice)
            self._judge(event.at_ms, verdict)
        elif event.is_voice and self.speaking and not self._is_stepped_in and self.agent.has_unheard_sound:
            # They cleared their throat and then went on: the model takes it for one and the same speech.
            self._begin_doubt(self.speaking, event.at_ms)

    def begin_speech(self, event: SpeechBegan) -> None:
        if not self.talk.is_page_here:
            return
        self.speaking = event.item_id
        self._speeches[event.item_id] = Speech(event.since_ms, is_aside=self._is_stepped_in)
        self.talk.quiet_since_ms = None
        self.has_nudged = False
        if self._answer_since_ms is None:
            self._answer_since_ms = event.since_ms
        if not self._is_stepped_in and (self.agent.has_unheard_sound or self.agent.is_expected):
            self._begin_doubt(event.item_id, event.since_ms)

    def end_speech(self, event: SpeechEnded) -> None:
        speech = self.note_end(event)
        self.talk.quiet_since_ms = event.at_ms
        if speech is None or speech.until_ms is None:
            return
        if self._doubt is not None and self._doubt.item_id == event.item_id:
            self._judge(event.at_ms, self._doubt.end(speech.until_ms))
        if speech.is_aside:
            return
        self.agent.receipt = Receipt(speech.until_ms, event.at_ms)
        if self.waits_for_words:
            self.agent.owed_since_ms = self.agent.owed_since_ms or event.at_ms
        elif speech.until_ms - speech.since_ms >= SHORTEST_SPEECH_MS or speech.has_interrupted:
            self._is_answer_owed = True
            self._answer(event.at_ms, event.item_id)

    def note_end(self, event: SpeechEnded) -> Speech | None:
        """Keep when a turn ended; gives the turn."""
        if self.speaking == event.item_id:
            self.speaking = None
        speech = self._speeches.get(event.item_id)
        if speech is not None:
            speech.until_ms = max(speech.since_ms, event.until_ms)
        return speech

    def commit_speech(self, at_ms: int) -> None:
        """The turn is over by their own word, or by the agent that steps in."""
        item_id = self.speaking
        speech = self._speeches.get(item_id) if item_id else None
        if item_id is None or speech is None or not self.talk.is_voice_here:
            return
        self.talk.do(CommitSpeech())
        self._release_hold()
        self._judge(at_ms, "interruption")
        speech.until_ms, speech.is_aside = at_ms, False
        self.speaking = None
        self.agent.receipt = Receipt(at_ms, at_ms)
        self.agent.owed_since_ms = at_ms
        if not self.waits_for_words:
            self._is_answer_owed = True
            self._answer(at_ms, item_id)

    # does it interrupt?

    def _begin_doubt(self, item_id: str, since_ms: int) -> None:
        """The agent falls silent until it is clear whether it is being interrupted."""
        self._doubt = Doubt(item_id, since_ms)
        self.talk.do(PausePlaying())
        if self.agent.has_unheard_sound:
            self.talk.duck(since_ms)

    def _judge(self, at_ms: int, verdict: Verdict) -> None:
        doubt = self._doubt
        if doubt is None or verdict == "open":
            return
        self._doubt = None
        speech = self._speeches.get(doubt.item_id)
        if verdict == "none":
            if speech is not None and not speech.has_interrupted:
                speech.is_aside = True
            self.talk.do(ResumePlaying())
            self.talk.unduck()
            if not self.agent.has_unheard_sound:
                self.talk.quiet_since_ms = at_ms
            self._answer(at_ms, None)
            return
        if speech is not None:
            speech.is_aside, speech.has_interrupted = False, True
        self._note_cut_off(doubt.since_ms)
        self._withdraw_answer()

    def _note_cut_off(self, since_ms: int) -> None:
        """Count it when the agent had only just begun to answer someone who now goes on."""
        reply = self.agent.playing
        if reply is None or reply.answered_item is None or since_ms - (reply.started_ms or 0) > CUT_OFF_MS:
            return
        if self._spoken is not None and self._spoken.item_id == reply.answered_item:
            self._spoken = replace(self._spoken, was_cut_off=True)
            self.talk.save(self._spoken)
        else:
            self._cut_off.add(reply.answered_item)

    def _withdraw_answer(self) -> None:
        """The agent's answer came too early: what nobody heard of it is made anew when they have finished."""
        is_unheard = self.agent.is_unheard_answer
        self._stop_agent()
        self._is_answer_owed = self._is_answer_owed or is_unheard

    def _stop_agent(self) -> None:
        self._is_stepped_in = False
        self._doubt = None
        self.agent.stop()

    # words

    def guess(self, event: CandidateGuessArrived) -> None:
        speech, text = self._speeches.get(event.item_id), event.text.strip()
        if speech is None or not text:
            return
        speech.guess = text
        self.talk.tell(Caption(event.item_id, "candidate", text, is_final=False, at_ms=speech.since_ms))
        if speech.kept_at_ms is None or event.at_ms - speech.kept_at_ms >= KEEP_EVERY_MS:
            speech.kept_at_ms = event.at_ms
            end_ms = max(speech.since_ms, event.at_ms)
            self.talk.save(Turn(event.item_id, "candidate", text, speech.since_ms, end_ms, is_final=False))

    def add_text(self, event: CandidateTextArrived) -> None:
        if not event.is_final:
            speech = self._speeches.setdefault(event.item_id, Speech(event.at_ms))
            speech.text += event.text
            self.talk.tell(Caption(event.item_id, "candidate", speech.text, is_final=False, at_ms=speech.since_ms))
            return
        speech = self.write_down(event)
        text = event.text.strip()
        if self._doubt is not None and self._doubt.item_id == event.item_id:
            self._judge(event.at_ms, "interruption" if len(text.split()) >= ASIDE_WORDS else "none")
        self._react(event, speech, text)

    def write_down(self, event: CandidateTextArrived) -> Speech:
        """Keep the final words of a turn; gives the turn."""
        known = self._speeches.pop(event.item_id, None)
        speech = known or Speech(event.at_ms, event.at_ms)
        if self.speaking == event.item_id:
            self.speaking = None
        text = event.text.strip()
        if text:
            self._save(event.item_id, speech, text, speech.until_ms or event.at_ms, event.confidence)
        elif known is not None:
            # A caption may show a guess that came to nothing, and the journal have it.
            self.talk.tell(Caption(event.item_id, "candidate", "", is_final=True, at_ms=speech.since_ms))
            if speech.kept_at_ms is not None:
                self.talk.save(Turn(event.item_id, "candidate", "", speech.since_ms, speech.since_ms))
        return speech

    def _save(self, item_id: str, speech: Speech, text: str, until_ms: int, confidence: float | None) -> None:
        turn = Turn(
            item_id,
            "candidate",
            text,
            start_ms=speech.since_ms,
            end_ms=max(speech.since_ms, until_ms),
            was_cut_off=item_id in self._cut_off,
            confidence=confidence,
        )
        self._cut_off.discard(item_id)
        self._spoken = turn
        self.talk.lines.append(PastLine("candidate", text))
        self.talk.save(turn)
        self.talk.tell(Caption(item_id, "candidate", text, is_final=True, at_ms=speech.since_ms))
        self.talk.tell(self._meter.add(turn))

    def _react(self, event: CandidateTextArrived, speech: Speech, text: str) -> None:
        """What a turn means for the conversation, now that its words are known."""
        words = len(text.split())
        if speech.is_aside and not self._is_stepped_in and words >= ASIDE_WORDS:
            speech.is_aside = False
            self._stop_agent()
        if speech.is_aside:
            self._answer(event.at_ms, None)
        elif asks_to_think(text):
            self._stop_agent()
            self._hold(event.at_ms)
        elif self.is_holding:
            self.agent.owed_since_ms = None
            self._is_answer_owed = self._is_answer_owed or words > 0
            if words >= ANSWER_WORDS:
                self._release_hold()
                self._answer(event.at_ms, event.item_id)
        elif self.waits_for_words:
            self._react_to_words(event, speech, has_words=words > 0)

    def _react_to_words(self, event: CandidateTextArrived, speech: Speech, *, has_words: bool) -> None:
        if self.agent.receipt is not None:
            self.agent.receipt.words_at_ms = event.at_ms
        length_ms = (speech.until_ms or event.at_ms) - speech.since_ms
        if has_words or speech.has_interrupted or length_ms >= UNCLEAR_MS:
            self._is_answer_owed = True
        else:
            self.agent.owed_since_ms = self.agent.receipt = None
        self._answer(event.at_ms, event.item_id)

    def _answer(self, at_ms: int, item_id: str | None) -> None:
        """Ask for the answer that is owed, unless they are still at it or hold the turn."""
        if not self._is_answer_owed or self.is_holding or self._doubt is not None:
            return
        if self.speaking and not self._is_stepped_in:
            return
        self._is_answer_owed = self._is_line_late = False
        if self.talk.is_whole:
            self.agent.ask(at_ms, RAMBLE if self._is_stepped_in else self.due(at_ms), item_id)
        else:
            self.talk.cue = self.talk.cue or Asked()

    def type_line(self, event: LineTyped) -> None:
        text = event.text.strip()
        if not text:
            return
        turn = Turn(event.item_id, "candidate", text, start_ms=event.at_ms, end_ms=event.at_ms, is_typed=True)
        line = PastLine("candidate", text)
        self.talk.save(turn)
        self.talk.tell(Caption(event.item_id, "candidate", text, is_final=True, at_ms=event.at_ms))
        self._take_floor(event.at_ms)
        if self.talk.is_voice_here:
            self.talk.do(AddLine(line))
        if self._may_demand(event.at_ms):
            self._answer_line(event.at_ms)
        else:
            self._is_line_late = True
        self.talk.lines.append(line)

    def _answer_line(self, at_ms: int) -> None:
        self._is_line_late = False
        if self.talk.is_whole:
            self.agent.ask(at_ms, self.due(at_ms))
        else:
            self.talk.cue = Asked()

    def demand(self, at_ms: int, instructions: str) -> None:
        """They ask for something by a button: at once, whatever the agent was saying."""
        if not self.talk.is_page_here or not self._may_demand(at_ms):
            return
        self._take_floor(at_ms)
        self._is_line_late = False
        if self.talk.is_voice_here:
            self.agent.ask(at_ms, instructions)
        else:
            self.talk.cue = Asked(instructions)

    def _may_demand(self, at_ms: int) -> bool:
        """Whether an answer may be asked for by hand: each makes the model read the conversation once more."""
        is_admitted = self._demands.admit(1, at_ms / 1000)
        if not is_admitted:
            self.talk.tell_problem("too_fast", t("room.too_fast"))
        return is_admitted

    def _take_floor(self, at_ms: int) -> None:
        """What they do by hand ends whatever was going on."""
        self.agent.receipt = None
        self._is_answer_owed = False
        self.talk.quiet_since_ms = at_ms
        self.has_nudged = False
        self._release_hold()
        self._stop_agent()

    # holding the turn

    def think(self, at_ms: int, *, is_on: bool) -> None:
        if not self.talk.is_page_here:
            return
        if is_on:
            if not self.agent.has_unheard_sound:
                self._withdraw_answer()
            self._hold(at_ms)
        elif self.is_holding:
            self._release_hold()
            self.talk.quiet_since_ms = at_ms
            self._answer(at_ms, None)

    def _hold(self, at_ms: int) -> None:
        self._hold_until_ms = at_ms + HOLD_MS
        self.agent.receipt = None
        self.talk.tell(Thinking(HOLD_MS))

    def _release_hold(self) -> None:
        if self.is_holding:
            self._hold_until_ms = None
            self.talk.tell(Thinking(0))

    # the agent and the time

    def hear_agent_begin(self) -> None:
        """The agent's next words are heard."""
        self._answer_since_ms = None
        if self._doubt is None:
            self.talk.unduck()

    def hear_agent_end(self) -> None:
        """The agent has said what it had to say, or was cut."""
        if self._is_stepped_in:
            self._is_stepped_in = False
            # Who still speaks has something to say, and is answered when they are done.
            if self.speaking and (speech := self._speeches.get(self.speaking)):
                speech.is_aside = False

    def tick(self, at_ms: int) -> None:
        if self._doubt is not None and at_ms - self._doubt.since_ms >= LONGEST_DOUBT_MS:
            self._judge(at_ms, "none")
        if self._is_line_late and not self.is_holding and not self.speaking and self._demands.admit(1, at_ms / 1000):
            self._answer_line(at_ms)
        if self._hold_until_ms is not None and at_ms >= self._hold_until_ms:
            self._release_hold()
            self._answer(at_ms, None)

    def is_rambling(self, at_ms: int) -> bool:
        """Whether their answer is longer than the agent may let it become."""
        return (
            self.ramble_after_s is not None
            and self.speaking is not None
            and self._answer_since_ms is not None
            and at_ms - self._answer_since_ms >= self.ramble_after_s * 1000
            and not self.is_holding
            and self._doubt is None
            and not self._is_stepped_in
        )

    def step_in(self, at_ms: int) -> None:
        """Their answer has become too long: the agent interrupts it, politely, and once."""
        self._answer_since_ms = at_ms
        self._is_stepped_in = True
        self.commit_speech(at_ms)

    # coming and going

    def lose_page(self) -> bool:
        """The page is gone; gives whether they are owed an answer."""
        self._doubt = None
        self._is_stepped_in = False
        self.agent.receipt = None
        is_owed, self._is_answer_owed = self._is_answer_owed, False
        if self.speaking:
            self.talk.do(SendSilence())
        return is_owed

    def lose_voice(self) -> tuple[bool, bool]:
        """The model is gone; gives whether words were lost with it, and whether an answer is owed."""
        if self._doubt is not None:
            # Nobody can tell any more; what is there of the answer is played.
            self._doubt = None
            self.talk.do(ResumePlaying())
            self.talk.unduck()
        is_lost = bool(self.speaking) or any(not speech.text for speech in self._speeches.values())
        # What the model was writing down is lost with it; words that came already are kept.
        for item_id, speech in list(self._speeches.items()):
            if words := speech.text.strip() or speech.guess:
                self._save(item_id, speech, words, speech.until_ms or speech.since_ms, None)
        self._speeches.clear()
        self.speaking = None
        self._is_stepped_in = False
        is_owed, self._is_answer_owed = self._is_answer_owed, False
        return is_lost, is_owed

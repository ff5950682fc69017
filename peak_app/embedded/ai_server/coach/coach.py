"""The practice coach: asks the questions of a bank and follows up by rule.

It keeps no state. What was asked, which follow-ups were used and where the interview stands is read from what was heard
so far, so an interview goes on after a reconnect exactly where it was.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from peak_app.embedded.ai_server.coach.answer import lacks, telling_clause, words
from peak_app.embedded.ai_server.coach.bank import Bank, Question, Trigger
from peak_app.embedded.ai_server.coach.focus import PROBES, Focus, read_focus
from peak_app.embedded.ai_server.coach.requests import Request, find_request
from peak_app.embedded.ai_server.coach.wishes import Wish, find_wish
from peak_app.embedded.ai_server.turns import Turn
from peak_app.ports.voice import GREETING_RULE

MAX_PROBES = 2
"""Follow-ups to one question."""
_HEARD_ENOUGH = 0.6
"""Share of a question that must have been heard for what follows to count as its answer."""
_MIN_OVERLAP_WORDS = 3
_ASIDE_WORDS = 8
"""Fewer words than this, said into a question, are a remark and not the rest of an answer."""

_THANKS = (
    "Thank you.",
    "Thanks, that is clear.",
    "Okay, thank you.",
    "I see, thank you.",
    "Thanks for telling me.",
    "All right.",
)
_QUOTES: dict[Trigger, str] = {
    "no_i": "You said: {clause}.",
    "no_result": "You mentioned: {clause}.",
    "no_number": "You told me: {clause}.",
    "no_reason": "You said: {clause}.",
}
_PLAIN_REPLIES: dict[Wish, str] = {
    "repeat": "Of course. {prompt}",
    "clarify": "Let me put it differently. {clarify}",
    "wait": "Of course, take your time.",
    "greet": "Nice to talk to you. {prompt}",
    "identity": "I am a practice coach, a program that asks prepared questions and does not judge. {prompt}",
    "feedback": "I do not judge answers during the call, you will find what was measured afterwards. {prompt}",
}
_NUDGE = "Take your time."
_SKIP = "No problem, we will skip it."
_STEP_IN = "Let me stop you there for a moment."
_FAREWELL = "Thank you for practising with me today."
_STOPPED = (
    "We have stopped here, so you can end the meeting whenever you like. Say continue if you want another question."
)
_ALL_DONE = "We have been through all my questions, so you can end the meeting whenever you like."
_GO_ON = re.compile(r"\b(?:continue|go on|keep going|carry on|(?:another|next|one more) question)\b", re.IGNORECASE)
_NAME_LINE = re.compile(r"^your name is (?P<name>[^,;:!?]{1,60}?)\.?$", re.IGNORECASE)
_NAME = re.compile(r"\byour name is (?P<name>[^.\n,;:!?]{1,60})", re.IGNORECASE)


@dataclass(slots=True)
class _Standing:
    """Where the interview is."""

    asked: set[int] = field(default_factory=set)
    current: int | None = None
    heard_share: float = 1.0
    used: set[Trigger] = field(default_factory=set)
    prompt: str | None = None
    """What the person was last asked, question or follow-up."""
    answers: list[str] = field(default_factory=list)
    remark: str | None = None
    """What the person said since the coach spoke last; None: nothing, empty: sound without words."""
    nudges: int = 0
    """How often in a row silence has made the coach speak."""
    is_over: bool = False
    coach_turns: int = 0
    focus: Focus = field(default_factory=Focus)


def coach_name(instructions: str) -> str | None:
    """The name the first line of the instructions gives, as in `Your name is Mira.`"""
    first_line = instructions.strip().split("\n", 1)[0]
    match = _NAME_LINE.match(first_line.strip()) or _NAME.search(first_line)
    return match["name"].strip() if match else None


def own_greeting(instructions: str) -> str:
    """The agent's own first words, in one line; empty when it has none."""
    rules = [line for line in instructions.splitlines() if line.startswith(GREETING_RULE)]
    if not rules:
        return ""
    try:
        # The last one: what stands before it may be the person's own words.
        greeting, _ = json.JSONDecoder().raw_decode(rules[-1].removeprefix(GREETING_RULE))
    except ValueError:
        return ""
    return " ".join(greeting.split()) if isinstance(greeting, str) else ""


def _heard_share(said: list[str], phrase: list[str]) -> float:
    """Share of a phrase that was heard: all of it anywhere, or its beginning at the end of what was said."""
    length = len(phrase)
    if not length:
        return 0.0
    for at in range(len(said) - length + 1):
        if said[at : at + length] == phrase:
            return 1.0
    for count in range(min(length - 1, len(said)), _MIN_OVERLAP_WORDS - 1, -1):
        if said[-count:] == phrase[:count]:
            return count / length
    return 0.0


class Coach:
    """Speaks for one bank."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._question_words = [words(question.text) for question in bank.questions]

    def next_turn(self, instructions: str, turns: Sequence[Turn], request: str | None = None) -> str:
        """What to say next: at most two short sentences and a question.

        `request` is what the program wants of this one turn, in the sentences `requests.py` knows.
        """
        wanted = find_request(request) if request else None
        if wanted is not None and wanted.kind == "exact":
            return wanted.text
        standing = self._read(turns)
        standing.focus = read_focus(instructions)
        if wanted is not None and wanted.kind == "wrap_up":
            return f"We have to stop here. {_FAREWELL} Goodbye."
        if standing.coach_turns == 0:
            return self._greeting(instructions, standing.focus)
        if standing.is_over:
            return self._after_the_end(standing)
        return (self._obey(wanted, standing) if wanted else None) or self._react(standing)

    def _obey(self, wanted: Request, standing: _Standing) -> str | None:
        """None when the request does not fit where the interview stands."""
        if wanted.kind == "ask_again":
            return "Sorry, the connection broke and I did not hear that. Please say it once more."
        if wanted.kind == "stage":
            return self._enter(wanted.text, standing)
        if standing.current is None:
            return None
        return self._obey_about(self._bank.questions[standing.current], wanted, standing)

    def _obey_about(self, question: Question, wanted: Request, standing: _Standing) -> str | None:
        prompt = standing.prompt or question.text
        reply: str | None = None
        match wanted.kind:
            case "repeat" | "clarify":
                reply = self._grant(wanted.kind, standing, question, prompt)
            case "skip":
                # By the button, perhaps before the question was heard to its end.
                standing.asked.add(self._bank.questions.index(question))
                reply = self._ask_next(standing, _SKIP)
            case "step_in":
                reply = self._step_in(standing, question)
            case "pick_up":
                reply = f"Sorry, we were interrupted. {prompt}"
            case "break_silence":
                reply = self._nudge(standing, prompt, standing.heard_share >= _HEARD_ENOUGH)
            case _:
                pass
        return reply

    def _enter(self, stage_name: str, standing: _Standing) -> str | None:
        """Go on to the next part; None when they want to leave."""
        if standing.remark and find_wish(standing.remark) == "stop":
            return None
        return self._ask_next(standing, f"Thank you. Let us move on to {stage_name}.")

    def _step_in(self, standing: _Standing, question: Question) -> str:
        """Interrupt an answer that got long: ask for what it lacks, or the next question."""
        if standing.heard_share < _HEARD_ENOUGH:
            return f"{_STEP_IN} {question.text}"
        return self._follow_up(standing, question, _STEP_IN) or self._ask_next(standing, _STEP_IN)

    # reading the past

    def _read(self, turns: Sequence[Turn]) -> _Standing:
        standing = _Standing()
        remarks: list[Turn] = []
        for turn in turns:
            if turn.role == "assistant":
                self._read_own(turn.text, standing)
                remarks = []
            elif turn.role == "user":
                remarks.append(turn)
                self._read_remark(turn.text, standing)
        if any(not turn.is_silence for turn in remarks):
            standing.remark = " ".join(turn.text for turn in remarks if turn.text)
        return standing

    def _read_remark(self, text: str, standing: _Standing) -> None:
        wish = find_wish(text)
        if wish is None and text:
            standing.answers.append(text)
        elif wish == "skip" and standing.current is not None:
            standing.asked.add(standing.current)

    def _read_own(self, text: str, standing: _Standing) -> None:
        standing.coach_turns += 1
        if _SKIP in text and standing.current is not None:
            standing.asked.add(standing.current)
        standing.nudges = standing.nudges + 1 if text.startswith(_NUDGE) else 0
        standing.is_over = _FAREWELL in text or (standing.is_over and not self._read_question(text, standing))
        if not standing.is_over and not self._read_question(text, standing):
            self._read_probe(text, standing)

    def _read_question(self, text: str, standing: _Standing) -> bool:
        said = words(text)
        shares = [(_heard_share(said, phrase), index) for index, phrase in enumerate(self._question_words)]
        share = max(entry for entry, _ in shares)
        if share == 0:
            return False
        # Questions may begin alike: of equal beginnings it was the one whose turn it was.
        candidates = [index for entry, index in shares if entry == share]
        fresh = [index for index in candidates if index not in standing.asked]
        index = (fresh or candidates)[0]
        if index != standing.current:
            standing.answers, standing.used = [], set()
        standing.current, standing.heard_share = index, share
        standing.prompt = self._bank.questions[index].text
        if share >= _HEARD_ENOUGH:
            standing.asked.add(index)
        return True

    def _read_probe(self, text: str, standing: _Standing) -> None:
        if standing.current is None:
            return
        said = words(text)
        probes = self._bank.questions[standing.current].probes
        for trigger, probe in (*PROBES.items(), *probes.items()):
            if _heard_share(said, words(probe)) >= _HEARD_ENOUGH:
                standing.used.add(trigger)
                standing.prompt = probe

    # deciding

    def _react(self, standing: _Standing) -> str:
        if standing.current is None:
            return self._ask_next(standing, self._thanks(standing) if standing.remark else "Let us begin.")
        question = self._bank.questions[standing.current]
        prompt = standing.prompt or question.text
        is_heard = standing.heard_share >= _HEARD_ENOUGH
        if standing.remark is None:
            reply = self._nudge(standing, prompt, is_heard)
        elif not standing.remark:
            reply = f"Sorry, I did not catch that. {'Please say it again.' if is_heard else question.text}"
        elif (wish := find_wish(standing.remark)) is not None:
            reply = self._grant(wish, standing, question, prompt)
        elif not is_heard:
            # Who interrupts a question was mostly still answering the one before.
            is_aside = len(words(standing.remark)) < _ASIDE_WORDS
            reply = f"{'Let me finish the question.' if is_aside else self._thanks(standing)} {question.text}"
        else:
            reply = self._follow_up(standing, question) or self._ask_next(standing, self._thanks(standing))
        return reply

    def _nudge(self, standing: _Standing, prompt: str, is_heard: bool) -> str:
        if not is_heard:
            return f"Let me ask again. {prompt}"
        if standing.nudges:
            return f"{_NUDGE} I am still here, and you can say skip if you would like another question."
        return f"{_NUDGE} The question was: {prompt}"

    def _grant(self, wish: Wish, standing: _Standing, question: Question, prompt: str) -> str:
        if wish in _PLAIN_REPLIES:
            return _PLAIN_REPLIES[wish].format(prompt=prompt, clarify=question.clarify)
        if wish == "stop":
            return f"Of course, let us stop here. {_FAREWELL}"
        if wish == "skip":
            return self._ask_next(standing, _SKIP)
        if "stuck" in question.probes and "stuck" not in standing.used and len(standing.used) < MAX_PROBES:
            return f"That is all right. {question.probes['stuck']}"
        return self._ask_next(standing, "That is all right, let us move on.")

    def _after_the_end(self, standing: _Standing) -> str:
        is_finished = len(standing.asked) == len(self._bank.questions)
        if is_finished:
            return _ALL_DONE
        if standing.remark and _GO_ON.search(standing.remark):
            return self._ask_next(standing, "Gladly, let us go on.")
        return _STOPPED

    def _follow_up(self, standing: _Standing, question: Question, opening: str | None = None) -> str | None:
        """A question for what the answer lacks, behind a clause of it or thanks; an `opening` stands for the thanks."""
        if len(standing.used) >= MAX_PROBES:
            return None
        answer = " ".join(standing.answers) or (standing.remark or "")
        # What the person came to practise is asked for first, and also where the bank has no follow-up for it.
        probes = {trigger: PROBES[trigger] for trigger in standing.focus.triggers} | question.probes
        for trigger in standing.focus.first(lacks(answer)):
            if trigger in standing.used or trigger not in probes:
                continue
            clause = telling_clause(answer, trigger) if trigger in _QUOTES else None
            quote = _QUOTES[trigger].format(clause=clause) if clause else None
            lead = " ".join(filter(None, (opening, quote))) or self._thanks(standing)
            return f"{lead} {probes[trigger]}"
        return None

    def _thanks(self, standing: _Standing) -> str:
        return _THANKS[standing.coach_turns % len(_THANKS)]

    def _ask_next(self, standing: _Standing, lead: str) -> str:
        for index, question in enumerate(self._bank.questions):
            if index not in standing.asked:
                return f"{lead} {question.text}"
        return f"That was my last question. {_FAREWELL}"

    def _greeting(self, instructions: str, focus: Focus) -> str:
        own = own_greeting(instructions)
        if own:
            # A greeting that asks something is answered first.
            return own if own.endswith("?") else f"{own} {focus.announcement}{self._bank.questions[0].text}"
        name = coach_name(instructions)
        who = f"I am {name}, your practice coach" if name else "I am your practice coach"
        first = self._bank.questions[0].text
        manners = "I will ask one question at a time, and you can always ask me to repeat or skip one."
        return f"Hello, {who}. {focus.announcement}{manners} {first}"

"""Scores that can be counted: in how many answers something shows. Nothing here judges whether an answer is good.

A criterion names the rule it is counted by. Each rule looks at every answer it applies to and finds the words that show
it, or none; the share of answers becomes a level. A criterion without a rule gets no number, and says so.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from peak_app.embedded.ai_server.coach.answer import hides_own_part, words
from peak_app.embedded.ai_server.coach.wishes import find_wish
from peak_app.embedded.ai_server.reading.evidence import (
    shows_number,
    shows_own_action,
    shows_reason,
    shows_result,
    weight,
)
from peak_app.embedded.ai_server.reading.sentences import Exchange, Sentence, all_sentences, asks_for_story, exchanges
from peak_app.i18n.english import is_english
from peak_app.ports.language import (
    Citation,
    CriterionScore,
    MeetingScorecard,
    RubricCriterion,
    Rule,
    ScoringText,
    StoryText,
)

NEEDED_ANSWERS = 2
"""In fewer there is no share to speak of."""
ANSWER_WORDS = (30, 250)
"""Shortest and longest answer that is neither too short to follow nor too long to listen to; as the rubrics say it."""
MOST_QUOTES = 3
MOST_STORY_QUOTES = 4
_QUOTE_WORDS = 3
"""Shorter sentences are quoted with the rest of their line."""

NOT_COUNTABLE = "Rules about words can't judge this. A language model can, once one is connected."
NOT_ENGLISH = "The rules behind these numbers know English only."
TOO_FEW = "There are fewer than two answers in which this could be counted."
NO_STORY = "No answer was about something that happened."

_GAVE_UP = ("stuck", "skip")
_RUN_UP = re.compile(
    r"^(?:\W*\b(?:um+|uh+|well|so|okay|ok|hmm+|yeah|honestly|actually|right)\b)*\W*"
    r"(?:(?:that's|that is|it's|it is) (?:a|an) (?:really |very )?(?:good|great|interesting|hard|difficult|tough|nice)"
    r" (?:question|one)|good question|let me (?:think|see)|(?:it|that) (?:really |all )?depends|hard to say"
    r"|where (?:do|should|shall) i (?:start|begin)|i(?:'m| am) not (?:really |quite |so |too )?sure"
    r"|i (?:really )?(?:don't|do not) (?:really )?know|how (?:do|can|should|shall) i (?:say|put|explain)"
    r"|there are (?:so )?many)\b",
    re.IGNORECASE,
)
# In the middle of a sentence a capital letter makes a name; "I" is none.
_NAME = re.compile(r"(?<=[a-z,;] )(?!I\b|I')[A-Z][A-Za-z0-9]+")
_ONE = re.compile(r"\bone\b", re.IGNORECASE)
_DOING = re.compile(
    r"\bwe(?:'ve|'d)? (?:then |also )?(?:\w+ed|built|wrote|led|made|took|set|ran|found|fixed|went|gave|cut|did)\b",
    re.IGNORECASE,
)

_SHOWN: dict[Rule, str] = {
    "own_part": "{hits} of {total} answers about something done say what you did yourself.",
    "result": "{hits} of {total} answers about something done say what came of it.",
    "specifics": "{hits} of {total} answers have a number or a name in them.",
    "reason": "{hits} of {total} answers give a reason.",
    "directness": "{hits} of {total} answers begin with the point.",
    "length": "{hits} of {total} answers are between 30 and 250 words long.",
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was said to one question; `results` are the words that the story's rules took for its result."""

    sentences: list[Sentence]
    text: str
    has_given_up: bool
    results: list[Sentence]

    @property
    def tells(self) -> bool:
        """Whether something done is told, by whomever."""
        return bool(self.results) or any(
            shows_own_action(entry.text) or _DOING.search(entry.text) for entry in self.sentences
        )


@dataclass(frozen=True, slots=True)
class _Finding:
    """Whether an answer shows it, and the words to quote for that or against it."""

    is_shown: bool
    quote: Sentence


def score(meeting: ScoringText) -> MeetingScorecard:
    """A score for each criterion that can be counted; the same meeting always gets the same."""
    asked = [exchange for exchange in exchanges(meeting.lines) if exchange.answers]
    answers = [_answer(exchange, meeting.stories) for exchange in asked if _is_answer(exchange)]
    # All that was said: in another language not even a question would be found.
    is_known = is_english(" ".join(line.text for line in meeting.lines))
    texts = {line.id: line.text for line in meeting.lines}
    return MeetingScorecard(
        criteria=[
            _scored(criterion, meeting, asked, answers, texts) if is_known else _unscored(criterion, NOT_ENGLISH)
            for criterion in meeting.rubric.criteria
        ]
    )


def _is_answer(exchange: Exchange) -> bool:
    wish = find_wish(exchange.answer_text)
    return bool(words(exchange.answer_text)) and (wish is None or wish in _GAVE_UP)


def _answer(exchange: Exchange, stories: Sequence[StoryText]) -> _Answer:
    ids = {line.id for line in exchange.answers}
    return _Answer(
        sentences=all_sentences(exchange.answers),
        text=exchange.answer_text,
        has_given_up=find_wish(exchange.answer_text) in _GAVE_UP,
        results=[
            Sentence(quote.line_id, "candidate", quote.quote)
            for story in stories
            for part in story.parts
            if part.part == "result"
            for quote in part.quotes
            if quote.line_id in ids
        ],
    )


def _scored(
    criterion: RubricCriterion,
    meeting: ScoringText,
    asked: Sequence[Exchange],
    answers: Sequence[_Answer],
    texts: dict[str, str],
) -> CriterionScore:
    rule = criterion.rule
    if rule is None:
        return _unscored(criterion, NOT_COUNTABLE)
    if rule == "structure":
        return _structure(criterion, meeting.stories, asked)
    findings = [finding for answer in answers if (finding := _RULES[rule](answer)) is not None]
    if len(findings) < NEEDED_ANSWERS:
        return _unscored(criterion, TOO_FEW)
    shown = [finding for finding in findings if finding.is_shown]
    # The strongest words first; where nothing shows, the answers that show nothing are the evidence.
    ranked = sorted(shown, key=lambda finding: -weight(finding.quote.text)) or findings
    return CriterionScore(
        criterion_id=criterion.id,
        score=_level(len(shown), len(findings)),
        reason=_SHOWN[rule].format(hits=len(shown), total=len(findings)),
        quotes=[_citation(finding.quote, texts) for finding in ranked[:MOST_QUOTES]],
    )


def _structure(criterion: RubricCriterion, stories: Sequence[StoryText], asked: Sequence[Exchange]) -> CriterionScore:
    """The mean number of parts; a question for a story that was given up is a story without parts."""
    given_up = [
        exchange.answers[0]
        for exchange in asked
        if asks_for_story(exchange.question) and find_wish(exchange.answer_text) in _GAVE_UP
    ]
    count = len(stories) + len(given_up)
    if not count:
        return _unscored(criterion, NO_STORY)
    mean = sum(len(story.parts) for story in stories) / count
    quotes = [quote for story in stories for part in story.parts for quote in part.quotes[:1] if _is_quotable(quote)]
    if not quotes:
        quotes = [Citation(line_id=line.id, quote=line.text) for line in given_up]
    if not quotes:
        return _unscored(criterion, NO_STORY)
    return CriterionScore(
        criterion_id=criterion.id,
        score=1 + int(mean + 0.5),
        reason=(
            f"Your story has {mean:.0f} of the four parts."
            if count == 1
            else f"Your {count} stories have {mean:.1f} of the four parts on average."
        ),
        quotes=quotes[:MOST_STORY_QUOTES],
    )


def _result(answer: _Answer) -> _Finding | None:
    if not answer.has_given_up and not answer.tells:
        return None
    return _found(answer, answer.results or [entry for entry in answer.sentences if shows_result(entry.text)])


def _own_part(answer: _Answer) -> _Finding | None:
    if not answer.has_given_up and not answer.tells:
        return None
    own = [entry for entry in answer.sentences if shows_own_action(entry.text)]
    return _found(answer, [] if hides_own_part(answer.text) else own)


def _specifics(answer: _Answer) -> _Finding:
    def is_specific(text: str) -> bool:
        # "One" counts hardly anything: "one of them", "the one", "one slow carrier".
        return shows_number(_ONE.sub(" ", text)) or bool(_NAME.search(text))

    return _found(answer, [entry for entry in answer.sentences if is_specific(entry.text)])


def _reason(answer: _Answer) -> _Finding:
    return _found(answer, [entry for entry in answer.sentences if shows_reason(entry.text)])


def _directness(answer: _Answer) -> _Finding:
    first = answer.sentences[:1]
    return _found(answer, [] if _RUN_UP.match(answer.text) else first, against=first)


def _length(answer: _Answer) -> _Finding:
    least, most = ANSWER_WORDS
    return _found(answer, answer.sentences[:1] if least <= len(words(answer.text)) <= most else [])


_RULES: dict[Rule, Callable[[_Answer], _Finding | None]] = {
    "own_part": _own_part,
    "result": _result,
    "specifics": _specifics,
    "reason": _reason,
    "directness": _directness,
    "length": _length,
}


def _found(answer: _Answer, shown: Sequence[Sentence], against: Sequence[Sentence] = ()) -> _Finding:
    """What is shown counts for nothing in an answer that gives up."""
    if shown and not answer.has_given_up:
        return _Finding(True, max(shown, key=lambda entry: weight(entry.text)))
    return _Finding(False, max(against or answer.sentences, key=lambda entry: entry.word_count))


def _level(hits: int, total: int) -> int:
    """1: none, 2: up to a third, 3: up to two thirds, 4: most, 5: all."""
    if hits in (0, total):
        return 5 if hits else 1
    return 2 if 3 * hits <= total else 3 if 3 * hits <= 2 * total else 4


def _citation(sentence: Sentence, texts: dict[str, str]) -> Citation:
    quote = sentence.text if sentence.word_count >= _QUOTE_WORDS else texts[sentence.line_id]
    return Citation(line_id=sentence.line_id, quote=quote)


def _is_quotable(quote: Citation) -> bool:
    return len(quote.quote.split()) >= _QUOTE_WORDS


def _unscored(criterion: RubricCriterion, reason: str) -> CriterionScore:
    return CriterionScore(criterion_id=criterion.id, score=None, reason=reason, quotes=[])

"""Which parts of a story an answer has: situation, task, action, result. Rules over English words, no model.

An answer is cut into clauses, at the ends of sentences and where a new one begins with "so I", "and then" and the
like. A clause is told by its words first ("my task was", "as a result"), and by its place where they leave it open:
what comes before anything was done is the situation, and what others did or what had changed in the last sentence is
the result. What would be done, and what is always done, belongs to no story.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

Part = Literal["situation", "task", "action", "result"]
PARTS: tuple[Part, ...] = get_args(Part)
STAR_VERSION = "1"
"""Goes into the input hash of a scorecard: what was found by other rules is made anew."""


@dataclass(frozen=True, slots=True)
class Piece:
    """`text[start:end]` of the text with that number belongs to the part."""

    part: Part
    text_index: int
    start: int
    end: int


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(phrases) + r")\b", re.IGNORECASE)


_SENTENCE = re.compile(r"[^.!?…]+(?:[.!?…]+[\"'”\u2019)\]]*|$)")
_CLAUSE = re.compile(
    r"(?<=,)\s+(?=(?:so|and|but|then|which|because)\b)"
    r"|\s+(?=so (?:i|we|my|the|in)\b|and (?:then|so|i|we|he|she|they|it|the|now|finally|after that|in the end"
    r"|as a result)\b|but (?:i|we|then|from)\b|in the end\b|as a result\b)",
    re.IGNORECASE,
)

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_UNREAL = _any(
    r"would",
    r"could have",
    r"(?:i|we|you|they)'d (?:\w+ly )?(?!been|had|just)(?:\w+)(?<!ed)",
    r"usually",
    r"always",
    r"normally",
    r"generally",
    r"typically",
    r"in general",
    r"one should",
)
_RESULT = _any(
    r"as a (?:result|consequence)",
    r"the (?:result|outcome|effect)s? (?:was|were|is)",
    r"in the end",
    r"since then",
    r"from then on",
    r"eventually",
    r"(?:we|i|it|they|he|she) ended up",
    r"(?:it|that|this|everything) (?:all )?(?:worked|turned out|paid off|went (?:well|live|fine|smoothly))",
    r"what (?:i|we)(?: have|'ve)? learn(?:ed|t)",
    r"(?:i|we) learn(?:ed|t) (?:that|to|how)",
    r"(?:went|go|goes|was|is|are|came|come|fell|dropped|rose|grew|cut|up|down) (?:up |down )?from .{1,40} to",
    r"(?:fell|dropped|rose|grew|increased|decreased|improved|went (?:up|down)|shrank|halved|doubled|tripled"
    r"|(?:is|are|was|were) (?:up|down|gone)) (?:by|to|almost|\d)",
    r"(?:doubled|halved|tripled)",
    r"(?:percent|times|minutes|hours|days|seconds) (?:less|more|faster|slower|fewer|shorter|better|instead)",
    r"nobody (?:noticed|complained)",
    r"(?:feedback|reaction|response) was",
    r"so successful(?:ly)?",
    r"with success",
    r"(?:is|are|was|were|had) (?:\w+ )?gone",
)
_TASK = _any(
    r"(?:my|our|the) (?:\w+ )?(?:task|job|goal|aim|role|responsibility|challenge|target|assignment|objective"
    r"|mission|deadline|plan) (?:was|were|is)",
    r"(?:i|we)(?: was| were|'d been|'ve been| had been| am| got) (?:\w+ )?"
    r"(?:responsible|asked|told|supposed|expected|assigned|in charge|given the|meant|due)",
    r"(?:i|we|he|she|they|somebody|someone)(?: still| just| only| then| also)? "
    r"(?:had to|have to|has to|needed to|need to|needed|must|got to)",
    r"(?:they|he|she) (?:was|were) supposed to",
    r"(?:he|she|they|boss|manager|lead|client|customer|company|teacher|professor) (?:wanted|asked|told|needed|expected)"
    r" (?:me|us) to",
    r"it was (?:all )?(?:on|up to) (?:me|us)",
    r"it was (?:my|our) (?:job|turn|task|responsibility)",
)
_SETTING = _any(
    r"last (?:year|week|month|summer|spring|winter|autumn|fall|december|" + _MONTHS + r")",
    r"(?:a|one|two|three|four|five|six|ten|few|some|couple of|many) (?:years?|months?|weeks?|days) ago",
    r"(?:in|at|during|from) (?:my|our|the|a|that) (?:very )?(?:last|first|second|third|previous|former|old|current"
    r"|early)\b",
    r"in (?:19|20)\d\d",
    r"(?:in|at the end of|at the beginning of) (?:" + _MONTHS + r")",
    r"when (?:i|we) (?:was|were|started|joined|worked|began|first|moved|lived|studied)",
    r"while (?:i|we) (?:was|were)",
    r"at (?:school|university|college|work|home|the time)",
    r"during",
    r"there (?:was|were|used to be)",
    r"back (?:in|then|when)",
    r"one (?:day|evening|morning|night|time|afternoon|weekend)",
    r"(?:i|we) (?:was|were) (?:working|leading|living|studying|running|in|at|on|part of|an?|the|building|doing)",
    r"used to",
    r"once",
)
_IRREGULAR = (
    "built|wrote|led|made|took|set|ran|found|fixed|went|spoke|met|gave|drew|cut|brought|taught|chose|put|began|held"
    "|told|asked|got|did|sat|drove|rang|read|came|sent|stood|dealt|showed|let|broke|grew|swapped|split|paid|bought"
    "|said|kept"
)
_PRESENT = "say|give|bring|go|call|tell|make|ask|write|take|help|explain|speak|talk|try|find|show|decide|change"
_STATES = (
    "wanted|needed|liked|loved|hated|hoped|wished|believed|learned|lived|joined|started|used|worked|seemed|happened"
    "|remembered|expected|disagreed|agreed|argued|existed|mattered|noticed|realised|realized|stayed|passed|reached|finished"
    "|shipped|succeeded|achieved|managed|delivered|graduated|saved|felt"
)
_DOING = re.compile(
    r"\b(?:i|we)(?:'ve| have| had)?(?: then| also| first| personally| finally| just| even| quickly| immediately"
    r"| simply| always)?\s+"
    rf"(?!(?:{_STATES})\b)(?:\w{{2,}}ed|(?:re)?(?:{_IRREGULAR}))\b",
    re.IGNORECASE,
)
# "Now each of them has a pool of its own": what is so since then, unless the story begins with it.
_NOW = re.compile(r"^\W*(?:(?:and|so|but)\W+)?(?:now|today|nowadays|these days)\b(?! i\b)", re.IGNORECASE)
_LEARNING = re.compile(
    r"\b(?:i|we) (?:learned|learnt|started|managed|noticed|realised|realized) (?!that|to|how)\w+", re.IGNORECASE
)
_DOING_NOW = re.compile(rf"\b(?:i|we)(?: then| also| first)? (?:{_PRESENT})\b", re.IGNORECASE)
_ACHIEVING = re.compile(
    r"\b(?:passed|won|sold|shipped|reached|achieved|finished|saved|hit|succeeded|delivered|kept|got|received|launched"
    r"|solved|recovered|signed|closed|did not lose|didn't lose|(?:i|we) only|managed to|were able to|was able to)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    rf"\b(?:was|were|had|did|didn't|wasn't|weren't|\w{{2,}}ed|{_IRREGULAR}|lost|knew|felt|thought|fell|left|won|sold"
    r"|became|stole|hurt|forgot|quit|shut|cost|spent|hung|slept|woke|caught|threw|flew|drank)\b",
    re.IGNORECASE,
)
_PERFECT = re.compile(r"\b(?:has|have|is|are) (?:been|now|still)\b|\bnow\b", re.IGNORECASE)
_WITHOUT_SUBJECT = re.compile(
    rf"^\W*(?:(?:and|so|but|then|also|finally)\W+)+(?:\w{{2,}}ed|{_IRREGULAR})\b", re.IGNORECASE
)
_OWN = re.compile(r"^\W*(?:(?:and|so|but|then|because|after that|first|next)\W+)*(?:i|we)\b", re.IGNORECASE)
_SUBORDINATE = re.compile(r"(?:which|because)\b", re.IGNORECASE)
_OPINION = _any(r"i (?:think|believe|guess|suppose|mean)", r"my (?:strengths?|weakness(?:es)?|opinion)", r"i am an?")


@dataclass(frozen=True, slots=True)
class _Clause:
    text_index: int
    start: int
    end: int
    sentence: int
    text: str


def find_parts(texts: Sequence[str]) -> list[Piece]:
    """The pieces of one answer, which may have been given in several turns, in order."""
    clauses = _clauses(texts)
    if not clauses:
        return []
    # Afterthoughts ("what I would do differently") come after the end of the story.
    last = max((clause.sentence for clause in clauses if not _UNREAL.search(clause.text)), default=0)
    found: list[tuple[_Clause, Part | None]] = []
    has_begun = has_acted = False
    for clause in clauses:
        is_last = clause.sentence == last
        part = _part_of(clause.text, has_begun=has_begun, has_acted=has_acted, is_last=is_last)
        before = found[-1] if found else None
        if before and before[0].sentence == clause.sentence and not _UNREAL.search(clause.text):
            # The rest of a sentence goes with its beginning.
            part = before[1] if part is None or (part != "result" and _SUBORDINATE.match(clause.text)) else part
        has_begun, has_acted = has_begun or part is not None, has_acted or part == "action"
        found.append((clause, part))
    return _joined([(clause, part) for clause, part in found if part is not None])


def _part_of(text: str, *, has_begun: bool, has_acted: bool, is_last: bool) -> Part | None:
    if _UNREAL.search(text):
        return None
    part = _by_words(text, has_acted=has_acted, is_last=is_last)
    if part is None and has_begun and _DOING_NOW.search(text):
        # Learners, and people in the middle of their story, tell it in the present tense.
        return "action"
    if part in (None, "action") and has_begun and _NOW.search(text):
        return "result"
    if part is None and not _OPINION.search(text):
        part = _by_place(text, has_acted=has_acted, is_last=is_last)
    return part


def _by_words(text: str, *, has_acted: bool, is_last: bool) -> Part | None:
    if _RESULT.search(text):
        return "result"
    if not has_acted:
        if _TASK.search(text):
            return "task"
        if _SETTING.search(text) and not _OPINION.search(text):
            return "situation"
    elif is_last and _ACHIEVING.search(text):
        return "result"
    if _DOING.search(text) or _LEARNING.search(text):
        return "action"
    return None


def _by_place(text: str, *, has_acted: bool, is_last: bool) -> Part | None:
    if has_acted:
        is_told = _PAST.search(text) or _PERFECT.search(text)
        is_of_others = not _OWN.search(text) and not _WITHOUT_SUBJECT.search(text)
        return "result" if is_last and is_told and is_of_others else None
    return "situation" if _PAST.search(text) else None


def _clauses(texts: Sequence[str]) -> list[_Clause]:
    clauses: list[_Clause] = []
    sentence = 0
    for index, text in enumerate(texts):
        for match in _SENTENCE.finditer(text):
            if not match.group().strip(" .!?…"):
                continue
            cuts = [match.start(), *(match.start() + cut.end() for cut in _CLAUSE.finditer(match.group())), match.end()]
            for start, end in pairwise(cuts):
                piece = text[start:end]
                left = start + len(piece) - len(piece.lstrip())
                right = start + len(piece.rstrip())
                if right > left:
                    clauses.append(_Clause(index, left, right, sentence, text[left:right]))
            sentence += 1
    return clauses


def _joined(clauses: Sequence[tuple[_Clause, Part]]) -> list[Piece]:
    """Neighbours of the same part in the same sentence as one piece."""
    pieces: list[Piece] = []
    sentences: list[int] = []
    for clause, part in clauses:
        last = pieces[-1] if pieces else None
        if last and last.part == part and sentences[-1] == clause.sentence and last.text_index == clause.text_index:
            pieces[-1] = Piece(part, clause.text_index, last.start, clause.end)
        else:
            pieces.append(Piece(part, clause.text_index, clause.start, clause.end))
            sentences.append(clause.sentence)
    return pieces

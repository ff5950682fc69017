"""What a person wants of the coach when they do not answer the question."""

import re
from typing import Literal

Wish = Literal["stop", "repeat", "skip", "clarify", "stuck", "wait", "greet", "identity", "feedback"]


def _any(*phrases: str) -> str:
    return r"\b(?:" + "|".join(phrases) + r")\b"


def _only(*phrases: str) -> str:
    return r"^\W*(?:" + "|".join(phrases) + r")\W*$"


# More words than the number are an answer that happens to contain the phrase. The first fitting entry wins.
_WISHES: tuple[tuple[Wish, int, str], ...] = (
    (
        "stop",
        16,
        _any(
            r"good ?bye",
            r"bye(?: bye)?",
            r"see you",
            r"stop (?:here|now|the (?:interview|call|session|meeting|lesson))",
            r"(?:let'?s|let us|can we|could we|i want to|i would like to|i'?d like to) (?:stop|finish|end|wrap up)",
            r"end (?:the|this) (?:interview|call|session|meeting|lesson)",
            r"i (?:have|need|got|'?ve got) to (?:go|leave)",
            r"that'?s (?:all|it|enough) for (?:today|now)",
            r"we can stop",
        ),
    ),
    ("stop", 3, _only(r"(?:please )?stop")),
    (
        "repeat",
        16,
        _any(
            r"repeat",
            r"say (?:that|it) (?:again|once more)",
            r"ask (?:that|it|me) again",
            r"come again",
            r"pardon",
            r"one more time",
            r"what (?:was|is|were) (?:the|your|that) question",
            r"did(?:n'?t| not) (?:hear|catch|get) (?:that|you|the|it|what)",
            r"(?:can'?t|cannot|couldn'?t) hear",
        ),
    ),
    ("repeat", 3, _only(r"sorry", r"what", r"excuse me", r"huh")),
    (
        "skip",
        14,
        _any(
            r"skip", r"next (?:question|one)", r"move on", r"pass on (?:this|that)", r"(?:another|a different) question"
        ),
    ),
    ("skip", 3, _only(r"(?:i'?ll |i )?pass")),
    (
        "clarify",
        18,
        _any(
            r"clarif\w+",
            r"what (?:do|did) you mean",
            r"(?:could|can) you (?:please )?(?:explain|rephrase|elaborate|give me an example)",
            r"(?:don'?t|do not|didn'?t|did not) (?:quite |really )?understand",
            r"not sure what you (?:mean|are asking)",
            r"in other words",
            r"what (?:kind|sort) of (?:answer|example|thing)s? (?:do|are|would) you",
        ),
    ),
    (
        "wait",
        14,
        _any(
            r"let me think",
            r"(?:give me|just|wait|hold on|hang on) (?:a|one|for a) (?:moment|second|minute|sec|bit)",
            r"one (?:moment|second|sec)",
            r"hold on",
            r"hang on",
            r"wait a",
            r"i need (?:a|some) (?:moment|time|minute|second)",
        ),
    ),
    ("wait", 2, _only(r"(?:please )?wait")),
    (
        "stuck",
        16,
        _any(
            r"(?:don'?t|do not) (?:really |actually |even )?"
            r"(?:know|remember|recall|have (?:one|an example|any|an answer))",
            r"no idea",
            r"no clue",
            r"not (?:really |quite |so |too )?sure",
            r"i'?m (?:stuck|blank)",
            r"(?:can'?t|cannot|can not) (?:think of|remember|recall|answer|come up)",
            r"nothing comes",
            r"drawing a blank",
            r"never (?:had|happened|done)",
        ),
    ),
    (
        "identity",
        12,
        _any(r"who are you", r"what are you", r"are you (?:a |an )?(?:human|person|real|robot|bot|machine|ai|a\.i\.)"),
    ),
    (
        "feedback",
        14,
        _any(
            r"how (?:am i|did i|was i|was that|is that|was my)",
            r"(?:any|some|your|give me) feedback",
            r"what do you think",
            r"(?:is|was) (?:that|this|it) (?:right|correct|ok|okay|good)",
        ),
    ),
    (
        "greet",
        8,
        _only(
            r"(?:(?:(?:hi|hello|hey)(?: \w+)?|good (?:morning|afternoon|evening)|nice to meet you(?: too)?|i'?m ready"
            r"|i am ready|ready|let'?s (?:go|start|begin)|how are you|thanks?|thank you|there|coach|today|and|you"
            r"|all right|alright|sure|okay|ok|yes|yeah|please|fine|great)\W*)+"
        ),
    ),
)
_COMPILED: tuple[tuple[Wish, int, re.Pattern[str]], ...] = tuple(
    (wish, most_words, re.compile(pattern, re.IGNORECASE)) for wish, most_words, pattern in _WISHES
)


def find_wish(text: str) -> Wish | None:
    """The wish behind a short remark; None for an answer."""
    plain = text.replace("\u2019", "'")
    count = len(plain.split())
    for wish, most_words, pattern in _COMPILED:
        if count <= most_words and pattern.search(plain):
            return wish
    return None

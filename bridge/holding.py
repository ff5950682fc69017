"""When a person holds the turn to think, and what ends that. Pure."""

import re

HOLD_MS = 60_000
"""Longest time one request holds the turn."""
ANSWER_WORDS = 6
"""Fewer words than these are thinking aloud; with more the person has begun to answer, and the hold is over."""
_LONGEST_REQUEST = 14
"""Words; a longer turn is an answer in which the phrase happens to come."""

_THINK = re.compile(
    r"\b(?:let me (?:just )?think"
    r"|(?:give|allow) me (?:just )?(?:a|one|some) (?:moment|second|minute|sec|bit|time)"
    r"|(?:i )?need (?:just )?(?:a|some) (?:moment|second|minute|time)(?: to think)?"
    r"|(?:can|could|may) i (?:have|take|get) (?:a|one|some) (?:moment|second|minute|time)"
    r"|(?:hold|hang) on (?:a|one) (?:moment|second|minute|sec)"
    r"|one (?:moment|second) please)\b",
    re.IGNORECASE,
)


def asks_to_think(text: str) -> bool:
    """Whether these words ask for time instead of answering."""
    return len(text.split()) <= _LONGEST_REQUEST and _THINK.search(text.replace("\u2019", "'")) is not None

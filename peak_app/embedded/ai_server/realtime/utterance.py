"""Whether words sound as if the person had finished, or stopped in the middle to think. Pure."""

import re

_LAST_WORD = re.compile(r"([\w'\u2019]+)\W*$")
_ENDS = re.compile(r"[.!?][\"'\u201d\u2019)]*\s*$")
_TRAILS_OFF = re.compile(r"(?:\.{2,}|[\u2026,;:\u2013\u2014-])[.\"'\u201d\u2019)]*\s*$")
_ASKS = re.compile(r"\?[\"'\u201d\u2019)]*\s*$")
# Conjunctions and relatives. "though" and "then" close sentences too.
_JOINING = "and or but nor so because if when while where whereas although unless until since whether which who whose"
# Prepositions, without those that end a verb: "signed up", "found out", "it was over".
_PLACING = (
    "of to for from with without at by in on into onto about between during through under against towards among "
    "per via than as like"
)
# What announces a noun, or a verb. "this", "that", "her" and "was" stand alone too.
_ANNOUNCING = "a an the my our your their its every i we they i'm i've i'd i'll we're we've we'd we'll they're"
_FILLING = "um uhm umm uh uhh er erm ehm eh hm hmm mm mhm ah"
_OPEN_WORDS = frozenset(f"{_JOINING} {_PLACING} {_ANNOUNCING} {_FILLING}".split())
_OPEN_PHRASES = re.compile(r"\b(?:you know|i mean|kind of|sort of|such as|in order|for example|let'?s see)\W*$", re.I)
# "I think so." is an answer; a "so" behind anything else leads on.
_CLOSED_PHRASES = re.compile(r"\b(?:think|thought|hope|guess|say|said|believe|or|even|much|did|do) so\W*$", re.I)


def looks_unfinished(words: str) -> bool:
    """Whether whoever said these words seems to be about to go on.

    The recogniser likes to put a full stop behind any pause, so the last word counts more than the last sign. A sound
    without words is a filler or a breath before them.
    """
    text = words.strip().replace("\u2019", "'")
    last = _LAST_WORD.search(text)
    if last is None or not _ENDS.search(text) or _TRAILS_OFF.search(text):
        return True
    if _ASKS.search(text) or _CLOSED_PHRASES.search(text):
        return False
    return last[1].lower() in _OPEN_WORDS or _OPEN_PHRASES.search(text) is not None

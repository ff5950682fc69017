"""Which words only fill: hesitations always, and words with an honest use too where they can't have it.

`like` is a filler between commas and before a word that needs no comparison ("it was like really hard"), never as a
verb or a comparison; `you know` unless something is known ("you know the feeling"); `I mean` unless something is meant
("I mean what I say"); `kind of` and `sort of` unless a kind or sort is meant ("that kind of work"). Words that are
fillers for some ears only ("so", "right", "actually") are left out: neither a text nor its sound can tell.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HESITATIONS = {
    **dict.fromkeys(("um", "umm", "uhm"), "um"),
    **dict.fromkeys(("uh", "uhh"), "uh"),
    **dict.fromkeys(("er", "err"), "er"),
    **dict.fromkeys(("erm", "errm"), "erm"),
    **dict.fromkeys(("hmm", "hm", "mm", "mmm"), "hmm"),
}
HESITATION_KINDS = ("um", "uh", "er", "erm", "hmm")
_QUOTES = "\"'\u2018\u2019\u201c\u201d"
_CLOSING = re.compile(rf"[,.;:?!\u2026\u2014][{_QUOTES}]*$")
_ENDING = re.compile(rf"[.?!\u2026][{_QUOTES}]*$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IS = _words("is are was were be been it's that's he's she's they're i'm we're just")
_JOINTS = _words("and but so or because then well with had have has to")
_STRENGTHS = _words("""
really so very totally super pretty quite literally basically just completely extremely actually all
""")
_KNOWN = _words("""
what how that the a an if why where when who which about it this these those my your his her their our him them me us
some any enough more nothing something everything everyone each every
""")
_BEFORE_KNOW = _words("do did does don't didn't if as when would could should can let what that things how")
_MEANT = _words("it what that this those these to by every exactly the")
_BEFORE_MEAN = _words("what which how do did if when that's know not whatever")
_DETERMINERS = _words("""
a an the this that these those what which some any every each one two three all no same different new another certain
other only my your his her our their best worst right wrong special particular very so too
""")
_PEOPLE = _words("you him her them me us")


@dataclass(frozen=True, slots=True)
class FillerPlace:
    """A filler among words: the first of its words and how many it has."""

    kind: str
    index: int
    length: int


def hesitation_kind(word: str) -> str | None:
    """What kind of hesitation a single word is; None when it is none."""
    return _HESITATIONS.get(_bare(word))


def find_fillers(words: Sequence[str]) -> list[FillerPlace]:
    """The fillers among words in order, punctuation included: it is all a text has of a speaker's rhythm."""
    text = _Text(words)
    found: list[FillerPlace] = []
    index = 0
    while index < len(words):
        place = _filler_at(text, index)
        if place:
            found.append(place)
        index += place.length if place else 1
    return found


class _Text:
    """Words by number, and where they are set off from each other. Beyond both ends there is nothing."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._bare = [_bare(word) for word in words]

    def word(self, index: int) -> str:
        return self._bare[index] if 0 <= index < len(self._bare) else ""

    def is_closed(self, index: int) -> bool:
        """Whether a comma, an end of a sentence or nothing follows."""
        return index >= len(self._words) - 1 or bool(_CLOSING.search(self._words[index]))

    def is_opened(self, index: int) -> bool:
        return index == 0 or self.is_closed(index - 1)

    def is_first(self, index: int) -> bool:
        """Whether a sentence begins here."""
        return index == 0 or bool(_ENDING.search(self._words[index - 1]))

    def has_before(self, index: int, words: frozenset[str], reach: int) -> bool:
        return any(self.word(at) in words for at in range(index - reach, index))


def _filler_at(text: _Text, index: int) -> FillerPlace | None:
    word = text.word(index)
    if kind := _HESITATIONS.get(word):
        return FillerPlace(kind, index, 1)
    if word == "basically":
        return FillerPlace(word, index, 1)
    if word == "like":
        return FillerPlace(word, index, 1) if _is_like_filler(text, index) else None
    pair = f"{word} {text.word(index + 1)}"
    is_filler = _PAIRS.get(pair)
    return FillerPlace(pair, index, 2) if is_filler and is_filler(text, index) else None


def _is_like_filler(text: _Text, index: int) -> bool:
    before, after = text.word(index - 1), text.word(index + 1)
    is_set_off = text.is_opened(index) and text.is_closed(index) and bool(before) and bool(after)
    # "What it was like, ..." compares; "I was like, ..." does not.
    is_quoting = before in _IS and text.is_closed(index) and bool(after)
    is_quoting = is_quoting and not text.has_before(index, frozenset(("what", "how")), 4)
    return is_set_off or is_quoting or (after in _STRENGTHS and (before in _IS or text.is_opened(index)))


def _is_you_know_filler(text: _Text, index: int) -> bool:
    before, after = text.word(index - 1), text.word(index + 2)
    if text.is_closed(index + 1):
        return text.is_opened(index) or before in _IS or (before in _JOINTS and before not in _BEFORE_KNOW)
    if text.is_first(index):
        return False
    if text.is_opened(index):
        return after not in _KNOWN
    return before in _IS or before in ("had", "have", "has", "like")


def _is_i_mean_filler(text: _Text, index: int) -> bool:
    before, after = text.word(index - 1), text.word(index + 2)
    if before in _BEFORE_MEAN and not text.is_opened(index):
        return False
    if text.is_closed(index + 1):
        return bool(after) or text.is_opened(index)
    return after not in _MEANT and (text.is_opened(index) or before in _JOINTS or before in _IS)


def _is_kind_of_filler(text: _Text, index: int) -> bool:
    before, after = text.word(index - 1), text.word(index + 2)
    return after not in _PEOPLE and (before not in _DETERMINERS or text.is_opened(index))


_PAIRS = {
    "you know": _is_you_know_filler,
    "i mean": _is_i_mean_filler,
    "kind of": _is_kind_of_filler,
    "sort of": _is_kind_of_filler,
}


def _bare(word: str) -> str:
    return word.strip(f" .,;:?!()-\u2026\u2014{_QUOTES}").replace("\u2019", "'").lower()

"""Whether a text is English: rules made of English words say nothing about other languages."""

import re

_COMMON_TEXT = """
    a about after all also always am an and another any are as asked at back be because been before but by can could did
    didn't do does don't each every first for from get got had has have he her him his how i i'd i'm i've if in into is
    it it's just know last like made me more most my no not now of on one only or other our out over really said she so
    some started than that the their them then there they think this time to told two up us very was we well went were
    what when where which who why will with without work worked would year yes you your
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_SHARE = 0.25
"""Share of these words from which on a text counts as English; interviews in English have 0.45 and more."""
_ENOUGH_WORDS = 12
"""Below this many words nothing can be told, and the text gets the benefit of the doubt."""


def is_english(text: str) -> bool:
    """False only for what is clearly something else."""
    letters = [letter for letter in text if letter.isalpha()]
    if 2 * sum(letter.isascii() for letter in letters) < len(letters):
        return False
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower().replace("\u2019", "'"))
    return len(words) < _ENOUGH_WORDS or sum(word in _COMMON for word in words) >= _SHARE * len(words)

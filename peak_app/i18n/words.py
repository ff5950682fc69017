"""How many words a text has, in any script."""

import re

# Thai, Lao, Burmese, Khmer, Japanese and Chinese are written without spaces between words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"
)
_CHARACTERS_PER_WORD = 2
"""Of these scripts: Chinese has about 1.6, Japanese about 2."""


def count_words(text: str) -> int:
    """Words between spaces; in scripts without spaces, two characters count as one word."""
    rest, characters = _UNSPACED.subn(" ", text)
    if not characters:
        return len(text.split())
    # What is left of such a text are foreign words, and marks that stood between the characters.
    foreign = sum(any(map(str.isalnum, word)) for word in rest.split())
    return foreign - (-characters // _CHARACTERS_PER_WORD)

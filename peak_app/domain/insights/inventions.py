"""What a claim may not make up: addresses, and numbers of two digits or more. Pure.

Both must stand in a line the claim cites, or in what the model was told besides (the question, titles, days). A number
may also stand there as an English word, tell a time of the cited lines, or count them. Smaller numbers are left alone:
whoever sums up counts to nine.
"""

import re
import unicodedata
from collections.abc import Sequence

from peak_app.domain.insights.lines import Line

_ADDRESS = re.compile(
    r"""\b[a-z][a-z0-9+.-]{0,20}://\S+
    | \bwww\.\S+
    | [^\s@<>()]{1,64}@[^\s@<>()]{1,250}\.\w+
    | \b(?:[\w-]{1,63}\.){1,5}
      (?:com|net|org|info|biz|io|dev|app|ai|co|me|ru|cn|xyz|top|link|site|online|shop|click)\b(?:/\S*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_AFTER_ADDRESS = ".,;:!?\u2026)]}>\"'\u2019\u201d"
# 1,200 and 1.200 and 1'200 are one number each.
_GROUPING = re.compile("(?<=\\d)[.,'\u2019\u00a0\u202f](?=\\d{3}(?!\\d))")
# Not the digits of names ("p95", "S3"), and no places in an order ("the 12th").
_NUMBER = re.compile(r"(?<!\w)\d{2,}(?!\d|(?:st|nd|rd|th)\b)")
_BELOW_TWENTY = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
"""
_ONES = _BELOW_TWENTY.split()
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_LONGEST_SPELLED = 6
"""Digits of numbers that are looked for as words."""


def invents(text: str, cited: Sequence[Line], lines: Sequence[Line], told: str) -> bool:
    """Whether a claim has an address or a number that comes from nowhere.

    Args:
        cited: the lines it quotes.
        lines: all a model was given.
        told: what else a model was given, as one text.
    """
    sources = [told, *(line.text for line in cited)]
    return _invents_address(text, sources) or _invents_number(text, sources, cited, lines)


def _invents_address(text: str, sources: Sequence[str]) -> bool:
    known = [source.casefold() for source in sources]
    found = (match[0].rstrip(_AFTER_ADDRESS).casefold() for match in _ADDRESS.finditer(text))
    return any(not any(address in source for source in known) for address in found)


def _invents_number(text: str, sources: Sequence[str], cited: Sequence[Line], lines: Sequence[Line]) -> bool:
    numbers = {_plain(digits) for digits in _NUMBER.findall(_GROUPING.sub("", text))}
    for source in sources:
        numbers -= {_plain(digits) for digits in re.findall(r"\d+", _GROUPING.sub("", source))}
    if not numbers:
        return False
    words = set(re.findall(r"[a-z]+", " ".join(sources).casefold()))
    times, countable = _times(cited) | _length(lines), _countable(cited, lines)
    return any(
        len(number) > _LONGEST_SPELLED
        or not (int(number) <= countable or int(number) in times or _is_spelled(int(number), words))
        for number in numbers
    )


def _plain(digits: str) -> str:
    """Digits of any script as ours, without zeros in front; of nothing but zeros one stays."""
    return "".join(str(unicodedata.decimal(digit)) for digit in digits).lstrip("0") or "0"


def _times(cited: Sequence[Line]) -> set[int]:
    """Minutes and seconds of when these lines begin and end, and how long they are together."""
    moments = {ms // 1000 for line in cited for ms in (line.start_ms, line.end_ms)}
    return {part for seconds in moments for part in divmod(seconds, 60)} | _length(cited)


def _length(lines: Sequence[Line]) -> set[int]:
    """From the first to the last moment of these lines: seconds, and minutes and seconds."""
    if not lines:
        return set()
    seconds = (max(line.end_ms for line in lines) - min(line.start_ms for line in lines)) // 1000
    return {seconds, *divmod(seconds, 60)}


def _countable(cited: Sequence[Line], lines: Sequence[Line]) -> int:
    """How far a claim may have counted: to nine, over its quotes, or over the questions when it cites nothing else."""
    asked = sum(line.speaker == "agent" for line in lines)
    return max(9, len(cited), asked if all(line.speaker == "agent" for line in cited) else 0)


def _is_spelled(number: int, words: set[str]) -> bool:
    # Years are said in two halves.
    has_halves = 1_000 <= number < 10_000 and number % 100 > 0
    is_said_as_year = has_halves and _spelled(number // 100) | _spelled(number % 100) <= words
    return is_said_as_year or _spelled(number) <= words


def _spelled(value: int) -> set[str]:
    """The words of a number below a million. Zero has none, and neither has the "one" of "one hundred"."""
    if value < 20:
        return {_ONES[value]} if value else set()
    if value < 100:
        return {_TENS[value // 10]} | _spelled(value % 10)
    name, size = ("hundred", 100) if value < 1_000 else ("thousand", 1_000)
    return {name} | (_spelled(value // size) if value >= 2 * size else set()) | _spelled(value % size)

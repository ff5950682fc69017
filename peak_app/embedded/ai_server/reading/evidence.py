"""What sentences show by their words. Every rule either quotes the words or stays silent."""

import re

from peak_app.embedded.ai_server.coach.answer import has_number, has_reason, has_result

_OWN_ACTION = re.compile(
    r"\b(?:I|I've|I'd)\s+(?:then\s+|also\s+|personally\s+|finally\s+|first\s+)?"
    r"(?!(?:wanted|liked|believed|hoped|wished|remembered|needed|had|did not|didn't)\b)"
    r"(?:\w+ed|(?:re)?built|(?:re)?wrote|led|made|took|set|ran|found|fixed|went|spoke|met|gave|drew|cut|brought|taught|chose|sold|won"
    r"|kept|put|began|held|told|asked|got|did)\b"
)
_NOTHING = re.compile(
    r"\b(?:not|never|no|nothing|none|nobody|don't|didn't|can't|couldn't|wasn't|isn't|without)\b", re.IGNORECASE
)
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|kind of|sort of|i guess|i think|probably|somehow|a little bit|not sure|i suppose"
    r"|more or less)\b",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"\b(?:first|then|after that|next|finally|in the end|as a result|at the time|the situation|my task)\b",
    re.IGNORECASE,
)


def shows_number(sentence: str) -> bool:
    """A figure that is stated, not missing."""
    return has_number(sentence) and not _NOTHING.search(sentence)


def shows_result(sentence: str) -> bool:
    return has_result(sentence) and not _NOTHING.search(sentence)


def shows_reason(sentence: str) -> bool:
    return has_reason(sentence)


def shows_own_action(sentence: str) -> bool:
    match = _OWN_ACTION.search(sentence)
    return match is not None and not _NOTHING.search(sentence[: match.end()])


def step_count(text: str) -> int:
    """Different words that order a story."""
    return len({match.lower() for match in _STEP.findall(text)})


def hedges(text: str) -> list[str]:
    """Hedging expressions, as said."""
    return _HEDGE.findall(text)


def weight(sentence: str) -> float:
    """How much a sentence tells, for choosing among the sentences of one answer."""
    count = len(sentence.split())
    return (
        1.0 * shows_result(sentence)
        + 0.8 * shows_number(sentence)
        + 0.8 * shows_own_action(sentence)
        + 0.4 * shows_reason(sentence)
        + min(count, 20) / 40
        - (1.0 if count < 4 else 0.0)
    )

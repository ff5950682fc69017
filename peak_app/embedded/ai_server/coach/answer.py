"""What can be told about an answer by its words alone. Nothing here judges whether it is true or good."""

import re

from peak_app.embedded.ai_server.coach.bank import Trigger

SHORT_WORDS = 25
"""An answer below this many words rarely holds a situation and an action."""

_NUMBER = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half|third|quarter|twice|double|doubled|tripled|percent)\b",
    re.IGNORECASE,
)
# "one" is mostly a pronoun: "that one", "one of the".
_PRONOUN_ONE = re.compile(
    r"\b(no|any|every|some|this|that|which|the)[ -]?one\b|\bone (of|day|thing|time)\b", re.IGNORECASE
)
_OWN_ACTION = re.compile(r"\b(i|i'm|i'd|i've|my|myself)\b", re.IGNORECASE)
_SHARED_ACTION = re.compile(r"\b(we|we're|we'd|we've|our|us)\b", re.IGNORECASE)
_RESULT = re.compile(
    r"\b(?:result(?:s|ed|ing)?|outcomes?|in the end|eventually|finally|as a consequence|led to|ended up|achiev\w+"
    r"|improv\w+|reduc\w+|increas\w+|decreas\w+|grew|grow(?:n|th)|dropped|fell|rose|saved|cut|won|shipped|launched"
    r"|delivered|solved|fixed|resolved|succeeded|worked out|successful(?:ly)?|impact|feedback was|since then"
    r"|learn(?:ed|t)|closed the|signed|renewed|promoted|passed|recovered)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|(?<!ever )since(?! (?:then|last|\d))|so that|in order to|the reason|that'?s why|which is why|due to"
    r"|to (?:avoid|make sure|ensure|prevent|keep|reduce|see|find)|trade[- ]?offs?|instead of|rather than"
    r"|as (?:i|we) wanted|therefore|otherwise|prefer(?:red)?|the advantage|the benefit)\b",
    re.IGNORECASE,
)


def words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower().replace("\u2019", "'"))


def has_number(text: str) -> bool:
    return bool(_NUMBER.search(_PRONOUN_ONE.sub(" ", text)))


def has_result(text: str) -> bool:
    return bool(_RESULT.search(text))


def has_reason(text: str) -> bool:
    return bool(_REASON.search(text))


def hides_own_part(text: str) -> bool:
    """Whether it is all "we" and hardly "I"."""
    own, shared = len(_OWN_ACTION.findall(text)), len(_SHARED_ACTION.findall(text))
    return shared >= 2 and own * 3 < shared


def lacks(text: str) -> list[Trigger]:
    """What the answer does not show, most important first."""
    found: list[Trigger] = []
    if len(words(text)) < SHORT_WORDS:
        found.append("too_short")
    if hides_own_part(text):
        found.append("no_i")
    if not has_result(text):
        found.append("no_result")
    if not has_number(text):
        found.append("no_number")
    if not has_reason(text):
        found.append("no_reason")
    return found


_CLAUSE_BREAK = re.compile(r"[.!?;:,]|\b(?:and|but|so|because|which|then|when|while|although|since)\b", re.IGNORECASE)
_TELLING = re.compile(
    r"^(?:i|we|my team|the team|our team)\s+(?:\w+ly\s+)?"
    r"(?!(?:am|was|were|is|are|have|had|think|thought|guess|mean|know|don|do|did|can|could|would|will|want|like|love|feel"
    r"|felt|say|said|remember|believe|just|also)\b)\w+\b",
    re.IGNORECASE,
)


def telling_clause(text: str, trigger: Trigger) -> str | None:
    """A short clause of the answer that says what was done, word for word; None when there is no clear one."""
    candidates: list[str] = []
    for piece in _CLAUSE_BREAK.split(text):
        clause = piece.strip(" \"'\u201c\u201d-")
        count = len(clause.split())
        if 4 <= count <= 11 and _TELLING.match(clause):
            candidates.append(clause)
    if trigger == "no_i":
        candidates = [clause for clause in candidates if _SHARED_ACTION.match(clause) or "team" in clause.lower()]
    # The last thing done is the one most worth following up.
    return candidates[-1] if candidates else None

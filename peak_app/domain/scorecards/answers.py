"""What the candidate answered: their lines by question, without asides, and whether an answer gives up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from peak_app.domain.insights.lines import Line

_BACKCHANNEL_TEXT = """
    ah aha alright all cool correct exactly fine good got great hm hmm huh i it mhm mm mmhm nice oh ok okay really right
    see sure thank thanks true uh uhhuh um wow yeah yep yes you
"""
_BACKCHANNEL = frozenset(_BACKCHANNEL_TEXT.split())
_BACKCHANNEL_WORDS = 3
"""A longer line is more than a sign of listening."""
_OVER_THE_AGENT_WORDS = 2
"""So many words said while the agent speaks do not interrupt it; the bridge ignores them too."""

_GIVE_UP_WORDS = 16
"""A longer line that says "I don't know" says something else as well."""
_GIVES_UP = re.compile(
    r"\b(?:(?:do not|don't|didn't|did not|wouldn't|would not) (?:really |actually |even )?(?:know|remember|recall"
    r"|have (?:one|an example|any|an answer|a story|anything))|no (?:idea|clue|answer|example)|nothing comes to mind"
    r"|(?:can't|cannot|can not|couldn't) (?:really )?(?:think of|remember|recall|answer|come up with|say)"
    r"|drawing a blank|i'm (?:stuck|blank)|(?:skip|pass on) (?:it|this|that)|(?:next|another|a different) question"
    r"|not sure)\b|^\W*(?:i'll |i )?pass\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """`question` is the agent's line before it; None when the candidate spoke first."""

    question: Line | None
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def word_count(self) -> int:
        return sum(line.word_count for line in self.lines)


def is_aside(line: Line, before: Line | None) -> bool:
    """Whether the candidate only showed that they listen. `before` is the agent's last line before theirs."""
    if line.is_typed:
        return False
    words = re.findall(r"[^\W_]+", line.text.lower().replace("-", ""))
    is_over_agent = before is not None and line.start_ms < before.end_ms
    return (len(words) <= _BACKCHANNEL_WORDS and all(word in _BACKCHANNEL for word in words)) or (
        is_over_agent and line.word_count <= _OVER_THE_AGENT_WORDS
    )


def without_asides(lines: Sequence[Line]) -> list[Line]:
    """All lines that say something, of both speakers, in order."""
    kept: list[Line] = []
    question: Line | None = None
    for line in lines:
        if line.speaker == "agent":
            question = line
        elif is_aside(line, question):
            continue
        kept.append(line)
    return kept


def answers_of(lines: Sequence[Line]) -> list[Answer]:
    """The candidate's answers, each with the question it follows. `lines` are without asides."""
    found: list[Answer] = []
    question: Line | None = None
    is_open = False
    for line in lines:
        if line.speaker == "agent":
            question, is_open = line, False
        elif is_open:
            found[-1] = Answer(found[-1].question, (*found[-1].lines, line))
        else:
            found.append(Answer(question, (line,)))
            is_open = True
    return found


def gives_up(text: str) -> bool:
    """Whether these words say "I don't know" and no more."""
    return len(text.split()) <= _GIVE_UP_WORDS and bool(_GIVES_UP.search(text.replace("\u2019", "'")))

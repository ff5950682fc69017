"""What the person wants to practise in this meeting, as far as follow-ups by rule can serve it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from peak_app.embedded.ai_server.coach.bank import Trigger
from peak_app.ports.voice import FOCUS_HEADING

_NAME_CHARS = 40
"""A longer first part is a sentence, not the name of a skill."""

# Words by which people, and the product's own suggestions, say what they want to get better at.
_ABOUT: dict[Trigger, re.Pattern[str]] = {
    "no_i": re.compile(r"\b(?:own part|own share|yourself|my part|my role|ownership)\b", re.IGNORECASE),
    "no_result": re.compile(r"\b(?:results?|outcomes?|impact|came of it)\b", re.IGNORECASE),
    "no_number": re.compile(r"\b(?:numbers?|figures?|specifics?|specific|metrics?)\b", re.IGNORECASE),
    "no_reason": re.compile(r"\b(?:reasons?|reasoning|why|trade[- ]?offs?)\b", re.IGNORECASE),
}
PROBES: dict[Trigger, str] = {
    "no_i": "Which part of that did you do yourself?",
    "no_result": "And what came of it in the end?",
    "no_number": "Can you put a number on that?",
    "no_reason": "What was your reason for doing it that way?",
}
"""Follow-ups for a focus on questions that have none of their own for it."""


@dataclass(frozen=True, slots=True)
class Focus:
    """`name` is empty when the words give none; `triggers` are the lacks that are asked for first."""

    name: str = ""
    triggers: tuple[Trigger, ...] = ()

    @property
    def announcement(self) -> str:
        """A sentence for the greeting, with a space behind it."""
        return f"Today we work on {self.name}. " if self.name else ""

    def first(self, lacks: Sequence[Trigger]) -> list[Trigger]:
        """The same lacks with those of the focus in front."""
        return sorted(lacks, key=lambda trigger: trigger not in self.triggers)


def read_focus(instructions: str) -> Focus:
    """The focus of a call's instructions; an empty one when they have none."""
    _, found, rest = instructions.partition(f"\n{FOCUS_HEADING}\n")
    if not found:
        return Focus()
    words = rest.split("\n", 1)[0]
    name, colon, _ = words.partition(":")
    is_name = bool(colon) and 0 < len(name.strip()) <= _NAME_CHARS
    triggers: tuple[Trigger, ...] = tuple(trigger for trigger, pattern in _ABOUT.items() if pattern.search(words))
    return Focus(name.strip() if is_name else "what you chose to practise", triggers)

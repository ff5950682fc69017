"""What the program running the interview wants of one turn, on top of what the person said. Others are ignored."""

import re
from dataclasses import dataclass
from typing import Literal

RequestKind = Literal[
    "stage", "exact", "wrap_up", "repeat", "skip", "clarify", "step_in", "pick_up", "ask_again", "break_silence"
]


@dataclass(frozen=True, slots=True)
class Request:
    """`text` is the name of the next part, or what is to be said exactly; otherwise empty."""

    kind: RequestKind
    text: str = ""


_STAGE = re.compile(r"^The time for this part is over\b.*?\bgo on to the part \u201c(?P<rest>.+)$", re.DOTALL)
_STAGE_NAME_END = re.compile(r"\u201d(?=: |$)")
_SAY_EXACTLY = re.compile(r"\bsay exactly\s*:?\s*[\"\u201c]?(?P<text>.+?)[\"\u201d]?\s*$", re.IGNORECASE | re.DOTALL)
# The first fitting entry wins.
_SENTENCES: dict[RequestKind, str] = {
    "wrap_up": r"wrap up|say good ?bye|(?:close|end) the (?:interview|meeting|session)|time is (?:almost )?up",
    "repeat": r"asks you to repeat",
    "skip": r"wants to skip",
    "clarify": r"asks what you mean",
    "step_in": r"speaking for a long time",
    "ask_again": r"did not hear|say it (?:once more|again)",
    "pick_up": r"cut you off|technical interruption|go on from there",
    "break_silence": r"said nothing|been silent|need a moment",
}
_COMPILED: dict[RequestKind, re.Pattern[str]] = {
    kind: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for kind, pattern in _SENTENCES.items()
}


def find_request(instructions: str) -> Request | None:
    """The request behind the instructions of one response."""
    # A part's name and goal are free text, and may hold any of the other sentences.
    stage = _STAGE.match(instructions)
    if stage:
        return Request("stage", _stage_name(stage["rest"]))
    exact = _SAY_EXACTLY.search(instructions)
    if exact:
        return Request("exact", exact["text"].strip())
    return next((Request(kind) for kind, pattern in _COMPILED.items() if pattern.search(instructions)), None)


def _stage_name(rest: str) -> str:
    """The name in front of its closing quote; a name may hold quotes too, and a goal may follow."""
    names = [rest[: end.start()] for end in _STAGE_NAME_END.finditer(rest)]
    balanced = (name for name in names if name.count("\u201c") == name.count("\u201d"))
    return next(balanced, names[0] if names else rest)

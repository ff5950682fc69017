"""Short answers labelled by hand, one a line: `{s|…}` situation, `{t|…}` task, `{a|…}` action, `{r|…}` result.

The rules were tuned on `SEEN`. `HELD_OUT` was written before the rules and not looked at while they were made.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

NAMES = {"s": "situation", "t": "task", "a": "action", "r": "result"}
_FOLDER = Path(__file__).parent
_MARKED = re.compile(r"\{([star])\|([^}]*)\}")


@dataclass(frozen=True)
class Labelled:
    """An answer as it was said, and which of its words (start, end) belong to which part."""

    text: str
    spans: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def parts(self) -> set[str]:
        return {part for part, _, _ in self.spans}


def read(marked: str) -> Labelled:
    text, spans, at = "", [], 0
    for match in _MARKED.finditer(marked):
        text += marked[at : match.start()]
        spans.append((NAMES[match[1]], len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return Labelled(text + marked[at:], spans)


def _read_file(name: str) -> list[Labelled]:
    return [read(line) for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines()]


SEEN = _read_file("star_seen.txt")
HELD_OUT = _read_file("star_held_out.txt")

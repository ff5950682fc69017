"""What changed from one version of an agent to the next, as lines that people can read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.agents.words import AgentWords
from peak_app.domain.scorecards.rubric import RubricChoice
from peak_app.domain.scorecards.templates import templates
from peak_app.i18n.catalogue import t

MARGIN = 2
"""Lines without a change that are shown around each change."""
MOST_LINES = 400
"""Of one field; beyond them the rest is left out, and said to be."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """`gap` stands for lines that did not change."""

    kind: Literal["same", "added", "removed", "gap"]
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """`field` is a key below `version.field_` in the catalogue."""

    field: str
    lines: tuple[DiffLine, ...]


def changes_between(old: AgentWords, new: AgentWords) -> tuple[Change, ...]:
    """Each field that differs, in the order of the form."""
    before, after = _fields(old), _fields(new)
    return tuple(Change(field, _diff(before[field], after[field])) for field in after if before[field] != after[field])


def _fields(words: AgentWords) -> Mapping[str, list[str]]:
    conduct = words.conduct
    return {
        "name": [words.name],
        "instructions": words.instructions.splitlines(),
        "voice": _one(conduct.voice),
        "language": _one(conduct.language and t(f"conduct.language_{conduct.language}")),
        "greeting": _one(conduct.greeting),
        "turn_taking": _turn_taking(conduct),
        "stages": [
            " · ".join(filter(None, (stage.name, t("time.minutes", minutes=stage.minutes), stage.goal)))
            for stage in conduct.stages
        ],
        "limit": _one(conduct.limit_minutes and t("time.minutes", minutes=conduct.limit_minutes)),
        "rubric": _rubric(words.rubric),
        "practice_bank": _one(words.practice_bank),
        "knowledge": [
            line
            for document in words.documents
            for line in (f"{document.name} · {t(f'knowledge.kind_{document.kind}')}", *document.text.splitlines())
        ],
    }


def _one(value: object) -> list[str]:
    return [str(value)] if value else []


def _turn_taking(conduct: Conduct) -> list[str]:
    after = conduct.ramble_after_s
    steps_in = [] if after is None else [t("version.steps_in", seconds=after)]
    return [t(f"conduct.dial_{conduct.turn_taking}"), *steps_in]


def _rubric(choice: RubricChoice) -> list[str]:
    if choice.own is None:
        known = templates().get(choice.template_id)
        return [known.rubric.name] if known else []
    lines = [choice.own.name]
    for criterion in choice.own.criteria:
        lines += [f"{criterion.name}: {criterion.looks_for}", *criterion.levels]
        if criterion.rule:
            lines.append(t(f"rule.{criterion.rule}"))
    return lines


def _diff(old: list[str], new: list[str]) -> tuple[DiffLine, ...]:
    lines: list[DiffLine] = []
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for place, (tag, old_from, old_to, new_from, new_to) in enumerate(opcodes):
        if tag == "equal":
            lines += _context(old[old_from:old_to], is_first=place == 0, is_last=place == len(opcodes) - 1)
        else:
            lines += [DiffLine("removed", text) for text in old[old_from:old_to]]
            lines += [DiffLine("added", text) for text in new[new_from:new_to]]
    return tuple(lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], DiffLine("gap", "")])


def _context(same: list[str], *, is_first: bool, is_last: bool) -> list[DiffLine]:
    """The ends of a stretch without changes that touch a change, with a gap for what is left out."""
    head = 0 if is_first else MARGIN
    tail = 0 if is_last else MARGIN
    if len(same) <= head + tail + 1:
        return [DiffLine("same", text) for text in same]
    return [
        *(DiffLine("same", text) for text in same[:head]),
        DiffLine("gap", ""),
        *(DiffLine("same", text) for text in same[len(same) - tail :]),
    ]

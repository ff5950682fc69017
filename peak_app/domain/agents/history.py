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
MOST_COMPARED = 300
"""Lines of either side that are matched with each other: the time that takes may grow with their cube."""


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


def changed_fields(old: AgentWords, new: AgentWords) -> tuple[str, ...]:
    """Names of the fields that differ, in the order of the form."""
    before, after = _fields(old), _fields(new)
    return tuple(field for field in after if before[field] != after[field])


def changes_between(old: AgentWords, new: AgentWords) -> tuple[Change, ...]:
    """Each field that differs, with its lines."""
    before, after = _fields(old), _fields(new)
    return tuple(Change(field, _diff(before[field], after[field])) for field in changed_fields(old, new))


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
    steps = _steps(old, new)
    for place, (is_same, before, after) in enumerate(steps):
        if is_same:
            lines += _context(before, is_first=place == 0, is_last=place == len(steps) - 1)
        else:
            lines += [DiffLine("removed", text) for text in before]
            lines += [DiffLine("added", text) for text in after]
    return tuple(lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], DiffLine("gap", "")])


def _steps(old: list[str], new: list[str]) -> list[tuple[bool, list[str], list[str]]]:
    """Stretches that are the same in both, and those that are not, in turn."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(map(len, middle)) > MOST_COMPARED:
        within = [(False, *middle)]
    else:
        matcher = SequenceMatcher(None, *middle, autojunk=False)
        within = [
            (tag == "equal", middle[0][old_from:old_to], middle[1][new_from:new_to])
            for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes()
        ]
    ends = [(True, old[:head], new[:head]), (True, old[len(old) - tail :], new[len(new) - tail :])]
    return [step for step in (ends[0], *within, ends[1]) if step[1] or step[2]]


def _common(old: list[str], new: list[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (before, after) in pairs if before != after), min(len(old), len(new)))


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

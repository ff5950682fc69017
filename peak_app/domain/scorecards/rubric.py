"""Rubrics: what an interview is scored by; checked as people enter them, kept with an agent's version, read back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from peak_app.domain.fields import optional_text
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t
from peak_app.ports.language import HIGHEST_SCORE, LOWEST_SCORE, RubricCriterion, RubricText, Rule

CRITERIA = (1, 12)
"""Fewest and most criteria of a rubric."""
LEVELS = HIGHEST_SCORE - LOWEST_SCORE + 1
RUBRIC_NAME_LIMIT = 60
CRITERION_NAME_LIMIT = 60
LOOKS_FOR_LIMIT = 300
LEVEL_LIMIT = 160
"""Of a rubric nobody gave a name."""
FIELD = "Rubric"

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Criterion:
    """`levels` has a sentence for each score from 1 to 5. `rule` counts it without a model; None: nothing can."""

    id: str
    name: str
    looks_for: str
    levels: tuple[str, ...]
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Rubric:
    """`version` counts up with every change of words, for a template as for a person's own."""

    name: str
    version: int
    criteria: tuple[Criterion, ...]

    def to_text(self) -> RubricText:
        """As a text model is shown it."""
        return RubricText(
            name=self.name,
            criteria=[
                RubricCriterion(
                    id=criterion.id,
                    name=criterion.name,
                    looks_for=criterion.looks_for,
                    levels=list(criterion.levels),
                    rule=criterion.rule,
                )
                for criterion in self.criteria
            ],
        )


@dataclass(frozen=True, slots=True)
class RubricChoice:
    """What an agent is scored by: a template's rubric, or its own. Neither: the template that fits its words."""

    template_id: str = ""
    own: Rubric | None = field(default=None)

    def numbered_after(self, known: "RubricChoice") -> "RubricChoice":
        """The choice as it follows `known`: an own rubric whose words changed gets the next version."""
        if self.own is None:
            return self
        version = known.own.version if known.own else 0
        is_same = known.own is not None and replace(self.own, version=version) == known.own
        return replace(self, own=replace(self.own, version=version if is_same else version + 1))


def checked_rubric(name: object, criteria: object, *, levels: Sequence[str]) -> Rubric:
    """What a person entered, if one can score by it; in version 1.

    Args:
        criteria: mappings of `id`, `name`, `looks_for`, `levels` and `rule`; those with nothing in them are left out.
        levels: sentences for a criterion whose own are left empty.
    Raises:
        InvalidInput: with the field that is wrong.
    """
    title = _one_line(name, t("field.rubric_name"), RUBRIC_NAME_LIMIT) or t("rubric.nameless")
    if not isinstance(criteria, list | tuple):
        raise InvalidInput(t("refusal.rubric_unreadable"), FIELD)
    found = [entry for entry in criteria if not _is_empty(entry)]
    least, most = CRITERIA
    if not least <= len(found) <= most:
        raise InvalidInput(t("refusal.criteria", least=least, most=most, count=len(found)), FIELD)
    checked: list[Criterion] = []
    for entry in found:
        checked.append(_checked_criterion(entry, checked, levels))
    return Rubric(title, 1, tuple(checked))


def _is_empty(entry: object) -> bool:
    if not isinstance(entry, Mapping):
        raise InvalidInput(t("refusal.rubric_unreadable"), FIELD)
    return not any(isinstance(entry.get(key), str) and entry[key].strip() for key in ("name", "looks_for"))


def _checked_criterion(entry: Mapping[str, Any], before: Sequence[Criterion], levels: Sequence[str]) -> Criterion:
    name = _one_line(entry.get("name"), t("field.criterion_name"), CRITERION_NAME_LIMIT)
    if not name:
        raise InvalidInput(t("refusal.criterion_name"), FIELD)
    if name.casefold() in {known.name.casefold() for known in before}:
        raise InvalidInput(t("refusal.criterion_twice", name=name), FIELD)
    looks_for = _one_line(entry.get("looks_for"), t("field.looks_for", name=name), LOOKS_FOR_LIMIT)
    if not looks_for:
        raise InvalidInput(t("refusal.looks_for", name=name), FIELD)
    rule = entry.get("rule") or None
    if rule is not None and (not isinstance(rule, str) or rule not in get_args(Rule)):
        raise InvalidInput(t("refusal.rubric_unreadable"), FIELD)
    return Criterion(
        id=_free_id(entry.get("id"), {known.id for known in before}),
        name=name,
        looks_for=looks_for,
        levels=_checked_levels(entry.get("levels"), name, levels),
        rule=rule,  # pyright: ignore[reportArgumentType]  # checked above
    )


def _checked_levels(value: object, name: str, default: Sequence[str]) -> tuple[str, ...]:
    if value in (None, "", [], ()):
        return tuple(default)
    if not isinstance(value, list | tuple) or len(value) != LEVELS:
        raise InvalidInput(t("refusal.rubric_unreadable"), FIELD)
    sentences = [_one_line(level, t("field.level", name=name), LEVEL_LIMIT) for level in value]
    if not any(sentences):
        return tuple(default)
    if not all(sentences):
        raise InvalidInput(t("refusal.levels", name=name), FIELD)
    return tuple(sentences)


def _free_id(wanted: object, taken: set[str]) -> str:
    """The id of a criterion known before, so that its scores can be compared; else one that is free."""
    if isinstance(wanted, str) and _ID.fullmatch(wanted) and wanted not in taken:
        return wanted
    number = 1
    while f"own-{number}" in taken:
        number += 1
    return f"own-{number}"


def _one_line(value: object, name: str, limit: int) -> str:
    return " ".join(optional_text(value, name, limit).split())


def choice_to_settings(choice: RubricChoice) -> dict[str, Any]:
    """What an agent's version keeps of it, below `rubric`; nothing when the template follows from its words."""
    if choice.own is not None:
        return {"rubric": rubric_to_json(choice.own)}
    return {"rubric": {"template": choice.template_id}} if choice.template_id else {}


def choice_of_settings(settings: Mapping[str, Any]) -> RubricChoice:
    """What an agent's version keeps, read back."""
    kept = settings.get("rubric", {})
    return RubricChoice(own=rubric_of_json(kept)) if "criteria" in kept else RubricChoice(kept.get("template", ""))


def rubric_to_json(rubric: Rubric) -> dict[str, Any]:
    return {"version": rubric.version, **rubric.to_text().model_dump(mode="json")}


def rubric_of_json(kept: Mapping[str, Any]) -> Rubric:
    text = RubricText.model_validate(kept)
    return Rubric(
        name=text.name,
        version=kept["version"],
        criteria=tuple(
            Criterion(entry.id, entry.name, entry.looks_for, tuple(entry.levels), entry.rule) for entry in text.criteria
        ),
    )

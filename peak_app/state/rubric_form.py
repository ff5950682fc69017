"""What an agent's meetings are scored by, as its form shows and sends it."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from peak_app.domain.scorecards.rubric import (
    CRITERIA,
    CRITERION_NAME_LIMIT,
    FIELD,
    LEVEL_LIMIT,
    LEVELS,
    LOOKS_FOR_LIMIT,
    RUBRIC_NAME_LIMIT,
    Rubric,
    RubricChoice,
    checked_rubric,
)
from peak_app.domain.scorecards.templates import default_levels, templates
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t
from peak_app.state.form import sent, sent_text

_FORM = TypeAdapter(dict[str, Any])
_FORM_LIMIT = 100_000
"""Characters of the whole rubric; far more than one may have, so that a sentence can say what is too long."""


@dataclass
class CriterionRow:
    """A criterion as typed. `rule` is empty when nothing but a model can judge it."""

    id: str = ""
    name: str = ""
    looks_for: str = ""
    levels: list[str] = field(default_factory=lambda: [""] * LEVELS)
    rule: str = ""


@dataclass
class RubricRow:
    """What is chosen: a template's rubric, empty for the one that fits; or an own one."""

    template_id: str = ""
    is_own: bool = False
    name: str = ""
    criteria: list[CriterionRow] = field(default_factory=list)

    @classmethod
    def of(cls, choice: RubricChoice) -> "RubricRow":
        if choice.own is None:
            return cls(template_id=choice.template_id)
        return cls(is_own=True, name=choice.own.name, criteria=criterion_rows(choice.own))


@dataclass
class TemplateRow:
    """A template with its criteria, to read and to start from."""

    template_id: str
    name: str
    criteria: list[CriterionRow]


def criterion_rows(rubric: Rubric) -> list[CriterionRow]:
    return [
        CriterionRow(entry.id, entry.name, entry.looks_for, list(entry.levels), entry.rule or "")
        for entry in rubric.criteria
    ]


def template_rows() -> list[TemplateRow]:
    """All templates, the general one first."""
    return [
        TemplateRow(template.id, template.rubric.name, criterion_rows(template.rubric))
        for template in templates().values()
    ]


def rubric_sent(form: object) -> RubricChoice | None:
    """What the form says, checked; None when it came before its field was there.

    Raises:
        InvalidInput: with a sentence for the person.
    """
    if sent(form, "rubric") is None:
        return None
    entered = _entered(form)
    if entered is None:
        raise InvalidInput(t("refusal.rubric_unreadable"), FIELD)
    if "criteria" in entered:
        return RubricChoice(own=checked_rubric(entered.get("name"), entered["criteria"], levels=default_levels()))
    template_id = entered.get("template")
    if not isinstance(template_id, str) or (template_id and template_id not in templates()):
        raise InvalidInput(t("refusal.rubric_unreadable"), FIELD)
    return RubricChoice(template_id)


def rubric_typed(form: object) -> RubricRow:
    """What the form says, unchecked but cut, to show it again after a refusal."""
    entered = _entered(form) or {}
    criteria = entered.get("criteria")
    if not isinstance(criteria, list):
        return RubricRow(template_id=sent_text(entered, "template", 60))
    return RubricRow(
        is_own=True,
        name=sent_text(entered, "name", RUBRIC_NAME_LIMIT * 2),
        criteria=[_criterion_typed(entry) for entry in criteria[: CRITERIA[1] * 2]],
    )


def _criterion_typed(entry: object) -> CriterionRow:
    levels = sent(entry, "levels")
    typed = [level if isinstance(level, str) else "" for level in levels] if isinstance(levels, list) else []
    return CriterionRow(
        id=sent_text(entry, "id", 40),
        name=sent_text(entry, "name", CRITERION_NAME_LIMIT * 2),
        looks_for=sent_text(entry, "looks_for", LOOKS_FOR_LIMIT * 2),
        levels=[level[: LEVEL_LIMIT * 2] for level in (typed + [""] * LEVELS)[:LEVELS]],
        rule=sent_text(entry, "rule", 20),
    )


def _entered(form: object) -> dict[str, Any] | None:
    """The field's content; None when it is none."""
    text = sent(form, "rubric")
    if not isinstance(text, str) or len(text) > _FORM_LIMIT:
        return None
    try:
        return _FORM.validate_json(text)
    except ValidationError:
        return None

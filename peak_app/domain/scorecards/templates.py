"""The reviewed rubrics that come with the product: one for each kind of interview the practice coach knows."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from peak_app.domain.scorecards.rubric import Criterion, Rubric, RubricChoice

GENERAL_TEMPLATE = "behavioural"
"""For instructions that fit none."""
_FOLDER = Path(__file__).parent / "rubrics"
_COMMON = "common.toml"


@dataclass(frozen=True, slots=True)
class Template:
    """`banks` are the question banks it belongs to; `keywords` tell it by an agent's instructions."""

    id: str
    rubric: Rubric
    banks: tuple[str, ...]
    keywords: tuple[str, ...]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))


def _criterion(raw: dict[str, Any]) -> Criterion:
    return Criterion(raw["id"], raw["name"], raw["looks_for"], tuple(raw["levels"]), raw.get("rule"))


@cache
def templates() -> dict[str, Template]:
    """All templates by id, the general one first."""
    shared = {raw["id"]: _criterion(raw) for raw in _read(_COMMON)["criteria"]}
    found: list[Template] = []
    for path in _FOLDER.glob("*.toml"):
        if path.name == _COMMON:
            continue
        raw = _read(path.name)
        criteria = [*(shared[key] for key in raw["common"]), *(_criterion(entry) for entry in raw["criteria"])]
        found.append(
            Template(
                id=path.stem.replace("_", "-"),
                rubric=Rubric(raw["title"], raw["version"], tuple(criteria)),
                banks=tuple(raw["banks"]),
                keywords=tuple(raw["keywords"]),
            )
        )
    found.sort(key=lambda template: (template.id != GENERAL_TEMPLATE, template.rubric.name))
    return {template.id: template for template in found}


@cache
def default_levels() -> tuple[str, ...]:
    """Sentences for the levels of a criterion that has none of its own."""
    return tuple(_read(_COMMON)["levels"])


def template_for(practice_bank: str, instructions: str) -> Template:
    """The template of the question bank; without one, that with most of its keywords in the instructions.

    Words decide, not a model: the same agent gets the same rubric wherever it is scored.
    """
    known = templates()
    for template in known.values():
        if practice_bank in template.banks:
            return template
    best = max(known.values(), key=lambda template: _count_keywords(template.keywords, instructions))
    return best if _count_keywords(best.keywords, instructions) else known[GENERAL_TEMPLATE]


def rubric_for(choice: RubricChoice, practice_bank: str, instructions: str) -> Rubric:
    """What an agent with these words is scored by."""
    if choice.own is not None:
        return choice.own
    return (templates().get(choice.template_id) or template_for(practice_bank, instructions)).rubric


def _count_keywords(keywords: tuple[str, ...], text: str) -> int:
    lowered = text.lower()
    return sum(1 for keyword in keywords if re.search(rf"(?<!\w){re.escape(keyword.lower())}(?!\w)", lowered))

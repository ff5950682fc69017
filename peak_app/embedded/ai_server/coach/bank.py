"""Question banks: reviewed questions, each with the follow-ups that make sense for it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Trigger = Literal["stuck", "too_short", "no_i", "no_result", "no_number", "no_reason"]
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
"""What an answer can lack, in the order it is asked for."""
GENERAL_BANK = "behavioural"
"""The bank for instructions that fit none."""


@dataclass(frozen=True, slots=True)
class Question:
    """`clarify` says the question in other words; `probes` holds a follow-up for each lack worth asking about."""

    text: str
    clarify: str
    probes: dict[Trigger, str]


@dataclass(frozen=True, slots=True)
class Bank:
    """`keywords` and `examples` help to recognise instructions that want this bank."""

    id: str
    title: str
    description: str
    keywords: tuple[str, ...]
    examples: tuple[str, ...]
    questions: tuple[Question, ...]


def _question(raw: dict[str, str]) -> Question:
    probes: dict[Trigger, str] = {trigger: raw[trigger] for trigger in TRIGGERS if trigger in raw}
    return Question(raw["text"], raw["clarify"], probes)


def _read(path: Path) -> Bank:
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return Bank(
        id=path.stem.replace("_", "-"),
        title=raw["title"],
        description=raw["description"],
        keywords=tuple(raw["keywords"]),
        examples=tuple(raw["examples"]),
        questions=tuple(_question(entry) for entry in raw["questions"]),
    )


@cache
def banks() -> dict[str, Bank]:
    """All banks by id, the general one first."""
    found = [_read(path) for path in sorted((Path(__file__).parent / "banks").glob("*.toml"))]
    found.sort(key=lambda bank: (bank.id != GENERAL_BANK, bank.title))
    return {bank.id: bank for bank in found}

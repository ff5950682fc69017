"""Agents to start from: the files in `starts`, each a whole agent that someone may use as it is or change."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from peak_app.domain.agents.conduct import Conduct, checked_conduct
from peak_app.domain.agents.words import AgentWords
from peak_app.domain.scorecards.rubric import RubricChoice

GalleryKind = Literal["general", "technology", "business", "leadership", "care", "study", "conversation"]
KINDS: tuple[GalleryKind, ...] = get_args(GalleryKind)
"""In the order in which they are offered."""
_FOLDER = Path(__file__).parent / "starts"


@dataclass(frozen=True, slots=True)
class GalleryAgent:
    """`about` says in a few words what it is good for."""

    id: str
    kind: GalleryKind
    about: str
    words: AgentWords


def _read(path: Path) -> GalleryAgent:
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    if raw["kind"] not in KINDS:
        raise ValueError(path.name)
    conduct = checked_conduct(
        raw.get("turn_taking", Conduct().turn_taking),
        raw.get("ramble_after_s"),
        raw.get("stages", []),
        greeting=raw.get("greeting"),
        limit_minutes=raw.get("limit_minutes"),
    )
    words = AgentWords.of(
        name=raw["name"],
        instructions=raw["instructions"],
        practice_bank=raw.get("practice_bank"),
        conduct=conduct,
        rubric=RubricChoice(raw.get("rubric", "")),
    )
    return GalleryAgent(path.stem, raw["kind"], raw["about"], words)


@cache
def gallery() -> dict[str, GalleryAgent]:
    """All of them by id, in the order of their kinds, then by name."""
    found = [_read(path) for path in _FOLDER.glob("*.toml")]
    found.sort(key=lambda agent: (KINDS.index(agent.kind), agent.words.name))
    return {agent.id: agent for agent in found}

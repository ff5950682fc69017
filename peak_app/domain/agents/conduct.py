"""How an agent leads a call: how long it waits, when it steps in, and which stages the interview has. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from peak_app.domain.fields import optional_text
from peak_app.errors import InvalidInput
from peak_app.ports.voice import TurnTaking

STAGE_NAME_LIMIT = 40
STAGE_GOAL_LIMIT = 300
MOST_STAGES = 8
MOST_STAGE_MINUTES = 60
RAMBLE_SECONDS = (30, 600)
"""Least and most seconds of one answer after which the agent may step in."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of an interview. `goal` tells the agent what it is for; it may be empty."""

    name: str
    minutes: int
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Conduct:
    """`ramble_after_s`: seconds of one answer after which the agent politely steps in; None: never."""

    turn_taking: TurnTaking = "balanced"
    ramble_after_s: int | None = None
    stages: tuple[Stage, ...] = ()

    @property
    def planned_ms(self) -> int | None:
        """What the stages take together, in ms; None without stages."""
        return sum(stage.minutes for stage in self.stages) * 60_000 or None


def checked_conduct(turn_taking: object, ramble_after_s: object, stages: object) -> Conduct:
    """What a person entered, if it makes sense.

    Args:
        stages: mappings of `name`, `minutes` and `goal`; those with nothing in them are left out.
    Raises:
        InvalidInput: with the field that is wrong.
    """
    if not isinstance(turn_taking, str) or turn_taking not in get_args(TurnTaking):
        raise InvalidInput("Choose patient, balanced or brisk.", "Turn-taking")
    after = _whole(ramble_after_s)
    if ramble_after_s not in (None, "") and (after is None or not RAMBLE_SECONDS[0] <= after <= RAMBLE_SECONDS[1]):
        least, most = RAMBLE_SECONDS
        raise InvalidInput(f"Long answers may be interrupted after {least} to {most} seconds.", "Turn-taking")
    if not isinstance(stages, list | tuple):
        raise InvalidInput("The stages can't be read.", "Stages")
    found = [stage for entry in stages if (stage := _checked_stage(entry)) is not None]
    if len(found) > MOST_STAGES:
        raise InvalidInput(f"An interview has at most {MOST_STAGES} stages.", "Stages")
    return Conduct(turn_taking, after, tuple(found))  # pyright: ignore[reportArgumentType]  # checked above


def _checked_stage(entry: object) -> Stage | None:
    if not isinstance(entry, Mapping):
        raise InvalidInput("The stages can't be read.", "Stages")
    name = _one_line(entry.get("name"), "The name of a stage", STAGE_NAME_LIMIT)
    goal = _one_line(entry.get("goal"), "The goal of a stage", STAGE_GOAL_LIMIT)
    minutes = entry.get("minutes")
    if not name and not goal and minutes in (None, ""):
        return None
    if not name:
        raise InvalidInput("Each stage needs a name.", "Stages")
    length = _whole(minutes)
    if length is None or not 1 <= length <= MOST_STAGE_MINUTES:
        raise InvalidInput(f"A stage takes 1 to {MOST_STAGE_MINUTES} minutes.", "Stages")
    return Stage(name, length, goal)


def _one_line(value: object, field: str, limit: int) -> str:
    return " ".join(optional_text(value, field, limit).split())


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, str) and not (value.strip().isascii() and value.strip().isdigit() and len(value) <= 6):
        return None
    return int(value)


def conduct_to_settings(conduct: Conduct) -> dict[str, Any]:
    """What an agent's version keeps of it: only what differs from the default."""
    kept: dict[str, Any] = {}
    if conduct.turn_taking != Conduct().turn_taking:
        kept["turn_taking"] = conduct.turn_taking
    if conduct.ramble_after_s is not None:
        kept["ramble_after_s"] = conduct.ramble_after_s
    if conduct.stages:
        kept["stages"] = [
            {"name": stage.name, "minutes": stage.minutes, "goal": stage.goal} for stage in conduct.stages
        ]
    return kept


def conduct_of_settings(settings: Mapping[str, Any]) -> Conduct:
    """What an agent's version keeps, read back."""
    stages = tuple(Stage(entry["name"], entry["minutes"], entry["goal"]) for entry in settings.get("stages", ()))
    return Conduct(settings.get("turn_taking", Conduct().turn_taking), settings.get("ramble_after_s"), stages)

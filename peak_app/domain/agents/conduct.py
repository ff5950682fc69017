"""How an agent leads a call: its voice and first words, how long it waits, and which stages there are. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from peak_app.domain.fields import optional_text
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t
from peak_app.ports.voice import LANGUAGES, TurnTaking

STAGE_NAME_LIMIT = 40
STAGE_GOAL_LIMIT = 300
MOST_STAGES = 8
MOST_STAGE_MINUTES = 60
RAMBLE_SECONDS = (30, 600)
"""Least and most seconds of one answer after which the agent may step in."""
GREETING_LIMIT = 400
TIME_LIMIT_MINUTES = (3, 180)
"""Shortest and longest time an agent may be given for a call. What the plan and the installation allow holds anyway."""

_VOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


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
    greeting: str = ""
    """The agent's first words; empty: it greets in its own."""
    limit_minutes: int | None = None
    """Longest call with this agent; None: as long as the plan and the installation allow."""
    voice: str = ""
    """Name of a voice of the voice server; empty, or one that the server does not have: the server's usual one."""
    language: str = ""
    """A code of `LANGUAGES`; empty, or one that the server does not know: that of the installation."""

    @property
    def limit_ms(self) -> int | None:
        return None if self.limit_minutes is None else self.limit_minutes * 60_000

    @property
    def planned_ms(self) -> int | None:
        """What the stages take together, in ms; None without stages."""
        return sum(stage.minutes for stage in self.stages) * 60_000 or None


def checked_conduct(
    turn_taking: object,
    ramble_after_s: object,
    stages: object,
    *,
    greeting: object = "",
    limit_minutes: object = None,
    voice: object = "",
    language: object = "",
) -> Conduct:
    """What a person entered, if it makes sense.

    Args:
        stages: mappings of `name`, `minutes` and `goal`; those with nothing in them are left out.
    Raises:
        InvalidInput: with the field that is wrong.
    """
    if not isinstance(turn_taking, str) or turn_taking not in get_args(TurnTaking):
        raise InvalidInput(t("refusal.turn_taking"), "Turn-taking")
    after = _whole(ramble_after_s)
    if ramble_after_s not in (None, "") and (after is None or not RAMBLE_SECONDS[0] <= after <= RAMBLE_SECONDS[1]):
        least, most = RAMBLE_SECONDS
        raise InvalidInput(t("refusal.ramble", least=least, most=most), "Turn-taking")
    if not isinstance(stages, list | tuple):
        raise InvalidInput(t("refusal.stages_unreadable"), "Stages")
    found = [stage for entry in stages if (stage := _checked_stage(entry)) is not None]
    if len(found) > MOST_STAGES:
        raise InvalidInput(t("refusal.most_stages", most=MOST_STAGES), "Stages")
    return Conduct(
        turn_taking,  # pyright: ignore[reportArgumentType]  # checked above
        after,
        tuple(found),
        _one_line(greeting, t("field.greeting"), GREETING_LIMIT),
        _checked_limit(limit_minutes),
        _checked_name(voice, t("field.voice"), lambda name: bool(_VOICE.fullmatch(name))),
        _checked_name(language, t("field.language"), LANGUAGES.__contains__),
    )


def _checked_limit(value: object) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    least, most = TIME_LIMIT_MINUTES
    minutes = _whole(value)
    if minutes is None or not least <= minutes <= most:
        raise InvalidInput(t("refusal.time_limit", least=least, most=most), "Time limit")
    return minutes


def _checked_name(value: object, field: str, is_known: Callable[[str], bool]) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or not is_known(value):
        raise InvalidInput(t("refusal.not_of_the_list", field=field.lower()), field)
    return value


def _checked_stage(entry: object) -> Stage | None:
    if not isinstance(entry, Mapping):
        raise InvalidInput(t("refusal.stages_unreadable"), "Stages")
    name = _one_line(entry.get("name"), t("field.stage_name"), STAGE_NAME_LIMIT)
    goal = _one_line(entry.get("goal"), t("field.stage_goal"), STAGE_GOAL_LIMIT)
    minutes = entry.get("minutes")
    if not name and not goal and minutes in (None, ""):
        return None
    if not name:
        raise InvalidInput(t("refusal.stage_name"), "Stages")
    length = _whole(minutes)
    if length is None or not 1 <= length <= MOST_STAGE_MINUTES:
        raise InvalidInput(t("refusal.stage_minutes", most=MOST_STAGE_MINUTES), "Stages")
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
    for name in ("greeting", "limit_minutes", "voice", "language"):
        if value := getattr(conduct, name):
            kept[name] = value
    return kept


def conduct_of_settings(settings: Mapping[str, Any]) -> Conduct:
    """What an agent's version keeps, read back."""
    stages = tuple(Stage(entry["name"], entry["minutes"], entry["goal"]) for entry in settings.get("stages", ()))
    return Conduct(
        turn_taking=settings.get("turn_taking", Conduct().turn_taking),
        ramble_after_s=settings.get("ramble_after_s"),
        stages=stages,
        greeting=settings.get("greeting", ""),
        limit_minutes=settings.get("limit_minutes"),
        voice=settings.get("voice", ""),
        language=settings.get("language", ""),
    )

"""How an agent leads a call, as its form shows and sends it."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from peak_app.domain.agents.conduct import (
    GREETING_LIMIT,
    MOST_STAGES,
    STAGE_GOAL_LIMIT,
    STAGE_NAME_LIMIT,
    Conduct,
    checked_conduct,
)
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t
from peak_app.ports.voice import VoiceChoice
from peak_app.state.form import sent, sent_text

_STAGES = TypeAdapter(list[dict[str, Any]])
_STAGES_LIMIT = 40_000
"""Characters of all rows together; far more than stages may have, so that a sentence can say what is too long."""


@dataclass
class StageRow:
    """A stage as typed."""

    name: str = ""
    minutes: str = ""
    goal: str = ""


@dataclass
class VoiceRow:
    """What of voices and languages there is to choose from; the first of each is the usual one."""

    voices: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    is_built_in: bool = False

    @classmethod
    def of(cls, choice: VoiceChoice, *, is_built_in: bool) -> "VoiceRow":
        return cls(list(choice.voices), list(choice.languages), is_built_in)


@dataclass
class ConductRow:
    """`ramble_after_s` is empty while the agent never steps in, `limit_minutes` while it has no limit of its own."""

    turn_taking: str = Conduct().turn_taking
    ramble_after_s: str = ""
    stages: list[StageRow] = field(default_factory=list)
    greeting: str = ""
    limit_minutes: str = ""
    voice: str = ""
    language: str = ""

    @classmethod
    def of(cls, conduct: Conduct) -> "ConductRow":
        return cls(
            turn_taking=conduct.turn_taking,
            ramble_after_s="" if conduct.ramble_after_s is None else str(conduct.ramble_after_s),
            stages=[StageRow(stage.name, str(stage.minutes), stage.goal) for stage in conduct.stages],
            greeting=conduct.greeting,
            limit_minutes="" if conduct.limit_minutes is None else str(conduct.limit_minutes),
            voice=conduct.voice,
            language=conduct.language,
        )


def conduct_sent(form: object) -> Conduct | None:
    """What the form says, checked; None when it came before its fields were there.

    Raises:
        InvalidInput: with a sentence for the person.
    """
    if sent(form, "turn_taking") is None:
        return None
    # Ticked without a number is refused, not taken for never.
    ramble_after_s = (sent(form, "ramble_after_s") or 0) if sent(form, "ramble") else None
    stages = _stages_sent(form)
    if stages is None:
        raise InvalidInput(t("refusal.stages_unreadable"), "Stages")
    return checked_conduct(
        sent(form, "turn_taking"),
        ramble_after_s,
        stages,
        greeting=sent(form, "greeting"),
        limit_minutes=sent(form, "limit_minutes"),
        voice=sent(form, "voice"),
        language=sent(form, "language"),
    )


def conduct_typed(form: object) -> ConductRow:
    """What the form says, unchecked but cut, to show it again after a refusal."""
    return ConductRow(
        turn_taking=sent_text(form, "turn_taking", 20),
        ramble_after_s=sent_text(form, "ramble_after_s", 20) if sent(form, "ramble") else "",
        stages=[
            StageRow(
                name=sent_text(stage, "name", STAGE_NAME_LIMIT * 2),
                minutes=sent_text(stage, "minutes", 20),
                goal=sent_text(stage, "goal", STAGE_GOAL_LIMIT * 2),
            )
            for stage in (_stages_sent(form) or [])[: MOST_STAGES * 2]
        ],
        greeting=sent_text(form, "greeting", GREETING_LIMIT * 2),
        limit_minutes=sent_text(form, "limit_minutes", 20),
        voice=sent_text(form, "voice", 40),
        language=sent_text(form, "language", 10),
    )


def _stages_sent(form: object) -> list[dict[str, Any]] | None:
    """The rows of the form; None when what arrived are none."""
    text = sent(form, "stages")
    if not isinstance(text, str) or len(text) > _STAGES_LIMIT:
        return None
    try:
        return _STAGES.validate_json(text)
    except ValidationError:
        return None

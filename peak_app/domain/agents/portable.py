"""An agent as one file, to keep, to share and to bring in again.

JSON, `{"format": "peak-agent", "version": 1, ...}` with everything that makes the agent; `docs/agent-files.md`
describes it. What comes in was written by anyone: it passes the same checks as what people type.
"""

import json
from dataclasses import asdict, replace
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from peak_app.domain.agents.conduct import Conduct, checked_conduct
from peak_app.domain.agents.knowledge import checked_knowledge
from peak_app.domain.agents.words import AgentWords
from peak_app.domain.scorecards.rubric import RubricChoice, checked_rubric, rubric_to_json
from peak_app.domain.scorecards.templates import default_levels, templates
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t

FORMAT: Final = "peak-agent"
VERSION: Final = 1
FILE_LIMIT = 512 * 1024
"""Bytes of a file. The longest agent has some 200 kB, in scripts of three bytes a character."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Stage(_Strict):
    name: str
    minutes: int
    goal: str = ""


class _Conduct(_Strict):
    turn_taking: str = Conduct().turn_taking
    ramble_after_s: int | None = None
    stages: list[_Stage] = Field(default_factory=list)
    greeting: str = ""
    limit_minutes: int | None = None
    voice: str = ""
    language: str = ""


class _Criterion(_Strict):
    id: str = ""
    name: str
    looks_for: str
    levels: list[str] = Field(default_factory=list)
    rule: str | None = None


class _Rubric(_Strict):
    """Either the name of a template, or a rubric of its own; neither: the one that fits the words."""

    template: str = ""
    name: str = ""
    version: int = Field(1, ge=1, le=1_000_000)
    criteria: list[_Criterion] | None = None


class _Document(_Strict):
    name: str
    kind: str
    text: str


class _AgentFile(_Strict):
    format: Literal["peak-agent"]
    version: Literal[1]
    name: str
    instructions: str
    practice_bank: str = ""
    conduct: _Conduct = Field(default_factory=_Conduct)
    rubric: _Rubric = Field(default_factory=lambda: _Rubric(version=1))
    knowledge: list[_Document] = Field(default_factory=list)


class _Head(BaseModel):
    format: Literal["peak-agent"]
    version: int


def to_file(words: AgentWords) -> bytes:
    """The agent as a file of this format, indented for people."""
    own = words.rubric.own
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": words.name,
        "instructions": words.instructions,
        "practice_bank": words.practice_bank,
        "conduct": asdict(words.conduct),
        "rubric": rubric_to_json(own) if own else {"template": words.rubric.template_id},
        "knowledge": [asdict(document) for document in words.documents],
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def of_file(content: bytes) -> AgentWords:
    """What a file says, checked like a form.

    Raises:
        InvalidInput: it is no such file, of a version that is not known, or what it says is refused; never with words
            of the file but for names of its fields.
    """
    try:
        head = _Head.model_validate_json(content)
        if head.version != VERSION:
            raise InvalidInput(t("refusal.agent_file_version"))
        entered = _AgentFile.model_validate_json(content)
    except ValidationError as error:
        raise _refusal(error) from None
    conduct = entered.conduct
    return AgentWords.of(
        name=entered.name,
        instructions=entered.instructions,
        practice_bank=entered.practice_bank,
        conduct=checked_conduct(
            conduct.turn_taking,
            conduct.ramble_after_s,
            [stage.model_dump() for stage in conduct.stages],
            greeting=conduct.greeting,
            limit_minutes=conduct.limit_minutes,
            voice=conduct.voice,
            language=conduct.language,
        ),
        rubric=_choice(entered.rubric),
        documents=checked_knowledge([document.model_dump() for document in entered.knowledge]),
    )


def _choice(entered: _Rubric) -> RubricChoice:
    if entered.criteria is not None:
        criteria = [criterion.model_dump() for criterion in entered.criteria]
        own = checked_rubric(entered.name, criteria, levels=default_levels())
        return RubricChoice(own=replace(own, version=entered.version))
    # A template that is not known here is passed over, as for an agent whose template is gone.
    return RubricChoice(entered.template if entered.template in templates() else "")


def _refusal(error: ValidationError) -> InvalidInput:
    places = [".".join(str(part) for part in found["loc"] if isinstance(part, str)) for found in error.errors()]
    if any(place in ("", "format") for place in places):
        return InvalidInput(t("refusal.no_agent_file"))
    # Names of fields the format does not have are words of the file.
    known = [place for place, found in zip(places, error.errors(), strict=True) if found["type"] != "extra_forbidden"]
    if not known:
        return InvalidInput(t("refusal.agent_file_parts"))
    return InvalidInput(t("refusal.agent_file_field", field=known[0]))

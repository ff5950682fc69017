"""What one version of an agent says: checked on the way in, kept with the version, read back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peak_app.domain.agents.conduct import Conduct, conduct_of_settings, conduct_to_settings
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.models import INSTRUCTIONS_LIMIT, NAME_LIMIT, AgentVersion
from peak_app.domain.fields import optional_text, required_text
from peak_app.domain.scorecards.rubric import RubricChoice, choice_of_settings, choice_to_settings
from peak_app.i18n.catalogue import t

BANK_LIMIT = 60
_COPY = " (copy)"


@dataclass(frozen=True, slots=True)
class AgentWords:
    """`practice_bank` is empty when the practice coach picks one by the words."""

    name: str
    instructions: str
    practice_bank: str
    conduct: Conduct
    rubric: RubricChoice
    documents: tuple[Document, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        name: object,
        instructions: object,
        practice_bank: object = None,
        conduct: Conduct | None = None,
        rubric: RubricChoice | None = None,
        documents: Sequence[Document] | None = None,
    ) -> "AgentWords":
        """Raises: InvalidInput."""
        return cls(
            # A name is one line wherever it stands: in lists, in the call, in the model's instructions.
            " ".join(required_text(name, t("field.name"), NAME_LIMIT).split()),
            required_text(instructions, t("field.instructions"), INSTRUCTIONS_LIMIT),
            optional_text(practice_bank, t("field.bank"), BANK_LIMIT),
            conduct or Conduct(),
            rubric or RubricChoice(),
            tuple(documents or ()),
        )

    @classmethod
    def of_version(cls, version: AgentVersion, documents: Sequence[Document]) -> "AgentWords":
        settings = version.settings
        return cls(
            version.name,
            version.instructions,
            settings.get("practice_bank", ""),
            conduct_of_settings(settings),
            choice_of_settings(settings),
            tuple(documents),
        )

    def told(self) -> str:
        """All that models are told to do or to say, apart from the documents, which are there to be read."""
        stages = ["\n".join(filter(None, (stage.name, stage.goal))) for stage in self.conduct.stages]
        own = self.rubric.own
        criteria = [
            "\n".join((criterion.name, criterion.looks_for, *criterion.levels))
            for criterion in (own.criteria if own else ())
        ]
        parts = (self.name, self.instructions, self.conduct.greeting, *stages, own.name if own else "", *criteria)
        return "\n\n".join(part for part in parts if part)

    def to_settings(self) -> dict[str, Any]:
        """Of a version; the documents are rows of their own."""
        bank = {"practice_bank": self.practice_bank} if self.practice_bank else {}
        return bank | conduct_to_settings(self.conduct) | choice_to_settings(self.rubric)


def copied_name(name: str) -> str:
    """The name of a copy, within the limit."""
    return f"{name[: NAME_LIMIT - len(_COPY)].rstrip()}{_COPY}"

"""What an agent reads, as its form shows and sends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from peak_app.domain.agents.knowledge import (
    DOCUMENT_LIMIT,
    DOCUMENT_NAME_LIMIT,
    FIELD,
    KNOWLEDGE_LIMIT,
    MOST_DOCUMENTS,
    Document,
    checked_knowledge,
)
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t
from peak_app.state.form import sent, sent_text

_FORM = TypeAdapter(list[dict[str, Any]])
_FORM_LIMIT = KNOWLEDGE_LIMIT * 12
"""Characters of the whole field; more than what is allowed takes as JSON, so that a sentence can say what is wrong."""


@dataclass
class DocumentRow:
    """A document as typed."""

    name: str = ""
    kind: str = "notes"
    text: str = ""


def document_rows(documents: Sequence[Document]) -> list[DocumentRow]:
    return [DocumentRow(document.name, document.kind, document.text) for document in documents]


def knowledge_sent(form: object) -> tuple[Document, ...] | None:
    """What the form says, checked; None when it came before its field was there.

    Raises:
        InvalidInput: with a sentence for the person.
    """
    if sent(form, "knowledge") is None:
        return None
    entries = _entered(form)
    if entries is None:
        raise InvalidInput(t("refusal.knowledge_unreadable"), FIELD)
    return checked_knowledge(entries)


def knowledge_typed(form: object) -> list[DocumentRow]:
    """What the form says, unchecked but cut, to show it again after a refusal."""
    return [
        DocumentRow(
            name=sent_text(entry, "name", DOCUMENT_NAME_LIMIT * 2),
            kind=sent_text(entry, "kind", 10),
            text=sent_text(entry, "text", DOCUMENT_LIMIT * 2),
        )
        for entry in (_entered(form) or [])[: MOST_DOCUMENTS * 2]
    ]


def _entered(form: object) -> list[dict[str, Any]] | None:
    """The field's content; None when it is none."""
    text = sent(form, "knowledge")
    if not isinstance(text, str) or len(text) > _FORM_LIMIT:
        return None
    try:
        return _FORM.validate_json(text)
    except ValidationError:
        return None

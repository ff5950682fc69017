"""What a person gives an agent to read: a CV, a job description, notes. Pure; only text is ever kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from peak_app.domain.fields import optional_text, required_text
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t

DocumentKind = Literal["cv", "job", "notes"]
MOST_DOCUMENTS = 5
DOCUMENT_NAME_LIMIT = 80
DOCUMENT_LIMIT = 15_000
"""Longest text of one document, in characters."""
FILE_LIMIT = 5 * 1024 * 1024
"""Bytes of a file that is read for its text."""
KNOWLEDGE_LIMIT = 30_000
"""Longest texts of one agent's documents together, in characters."""
FIELD = "Knowledge"

_CUT = " […]"
_KIND_WORDS: Mapping[DocumentKind, str] = {
    "cv": r"cv|resume|résumé|lebenslauf|curriculum|vita",
    "job": r"job|jd|role|position|vacancy|posting|description|stellenanzeige",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A text with the name it is known by."""

    name: str
    kind: DocumentKind
    text: str


def checked_knowledge(entries: object) -> tuple[Document, ...]:
    """What a person entered: mappings of `name`, `kind` and `text`. Those without any text are left out.

    Raises:
        InvalidInput: with a sentence that says which document is at fault.
    """
    if not isinstance(entries, list | tuple):
        raise InvalidInput(t("refusal.knowledge_unreadable"), FIELD)
    found = [document for entry in entries if (document := _checked_document(entry)) is not None]
    if len(found) > MOST_DOCUMENTS:
        raise InvalidInput(t("refusal.most_documents", most=MOST_DOCUMENTS, count=len(found)), FIELD)
    total = sum(len(document.text) for document in found)
    if total > KNOWLEDGE_LIMIT:
        raise InvalidInput(t("refusal.most_knowledge", most=KNOWLEDGE_LIMIT, total=total), FIELD)
    return tuple(found)


def _checked_document(entry: object) -> Document | None:
    if not isinstance(entry, Mapping):
        raise InvalidInput(t("refusal.knowledge_unreadable"), FIELD)
    name = " ".join(optional_text(entry.get("name"), t("field.document_name"), DOCUMENT_NAME_LIMIT).split())
    label = f"“{name}”" if name else t("field.document")
    text = optional_text(entry.get("text"), label, DOCUMENT_LIMIT)
    if not text:
        return None
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in get_args(DocumentKind):
        raise InvalidInput(t("refusal.document_kind", document=label), FIELD)
    return Document(required_text(name, t("field.document_name"), DOCUMENT_NAME_LIMIT), kind, text)  # pyright: ignore[reportArgumentType]  # checked above


def kind_of_name(name: str) -> DocumentKind:
    """A first guess, for the person to correct."""
    for kind, words in _KIND_WORDS.items():
        if re.search(rf"(?<![^\W_])(?:{words})(?![^\W_])", name, re.IGNORECASE):
            return kind
    return "notes"


def within(documents: Sequence[Document], most_bytes: int) -> tuple[Document, ...]:
    """The documents in at most so many bytes of UTF-8. Short ones stay whole; long ones share the rest evenly."""
    left, shares = most_bytes, dict[int, int]()
    by_size = sorted(enumerate(documents), key=lambda entry: len(entry[1].text.encode()))
    for place, (index, document) in enumerate(by_size):
        shares[index] = min(len(document.text.encode()), left // (len(by_size) - place))
        left -= shares[index]
    return tuple(
        Document(document.name, document.kind, _beginning(document.text, shares[index]))
        for index, document in enumerate(documents)
    )


def _beginning(text: str, most_bytes: int) -> str:
    raw = text.encode()
    if len(raw) <= most_bytes:
        return text
    return raw[: max(0, most_bytes - len(_CUT.encode()))].decode(errors="ignore") + _CUT

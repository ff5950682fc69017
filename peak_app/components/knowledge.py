"""What an agent reads: the group "Knowledge" of its form, folded until someone wants it."""

import reflex as rx

from peak_app.domain.agents.knowledge import (
    DOCUMENT_LIMIT,
    DOCUMENT_NAME_LIMIT,
    FILE_LIMIT,
    KNOWLEDGE_LIMIT,
    MOST_DOCUMENTS,
)
from peak_app.i18n.catalogue import section, t
from peak_app.state.frame import FrameState
from peak_app.state.knowledge_form import DocumentRow

_JSX = rx.asset("knowledge.jsx", shared=True).importable_path
rx.asset("fold.jsx", shared=True)
_LIMITS = {
    "documents": MOST_DOCUMENTS,
    "name": DOCUMENT_NAME_LIMIT,
    "document": DOCUMENT_LIMIT,
    "total": KNOWLEDGE_LIMIT,
    "file": FILE_LIMIT,
}


class KnowledgeField(rx.NoSSRComponent):
    """Field `knowledge` (JSON) of the form it stands in. What is typed lives in the page until the form is sent."""

    library = _JSX
    tag = "KnowledgeField"
    documents: rx.Var[list[DocumentRow]]
    is_read_in_calls: rx.Var[bool]
    limits: rx.Var[dict[str, int]]
    labels: rx.Var[dict[str, str]]


def knowledge_field(documents: rx.Var[list[DocumentRow]], **props: object) -> rx.Component:
    """`key` among the `props` changes with the values to be shown."""
    megabytes = FILE_LIMIT // 1024**2
    labels = section("knowledge") | {
        "limits": t(
            "knowledge.limits",
            documents=MOST_DOCUMENTS,
            each=f"{DOCUMENT_LIMIT:,}",
            total=f"{KNOWLEDGE_LIMIT:,}",
            megabytes=megabytes,
        ),
        "file_too_large": t("knowledge.file_too_large", megabytes=megabytes),
    }
    return KnowledgeField.create(
        documents=documents,
        is_read_in_calls=~FrameState.is_practice_coach,
        limits=_LIMITS,
        labels=labels,
        **props,
    )

"""What an agent reads, as its form sends it, and what is shown again after a refusal."""

import json

import pytest

from peak_app.domain.agents.knowledge import Document
from peak_app.errors import InvalidInput
from peak_app.state.knowledge_form import DocumentRow, document_rows, knowledge_sent, knowledge_typed

CV = {"name": "CV", "kind": "cv", "text": "Led a team."}


def form(entries: object) -> dict[str, object]:
    return {"knowledge": json.dumps(entries)}


def test_what_is_sent_is_what_is_shown() -> None:
    sent = knowledge_sent(form([CV]))

    assert sent == (Document("CV", "cv", "Led a team."),)
    assert document_rows(sent) == knowledge_typed(form([CV])) == [DocumentRow("CV", "cv", "Led a team.")]


def test_a_form_sent_before_its_field_was_there_says_nothing_about_it() -> None:
    assert knowledge_sent({"name": "Ada"}) is None
    assert knowledge_sent(form([])) == ()


@pytest.mark.parametrize("field", [7, "", "{", "{}", "null", '["CV"]', "[" * 30_000, '[{"name": "\\ud800"}]', [CV]])
def test_what_is_no_list_of_documents_is_refused(field: object) -> None:
    with pytest.raises(InvalidInput, match="can't be read"):
        knowledge_sent({"knowledge": field})
    assert knowledge_typed({"knowledge": field}) == []


def test_what_was_typed_is_shown_again_cut_to_a_size() -> None:
    typed = knowledge_typed(form([{"name": "n" * 999, "kind": 7, "text": "t" * 31_000}, *[CV] * 30]))

    assert typed[0] == DocumentRow("n" * 160, "", "t" * 30_000)
    assert len(typed) == 10


def test_the_most_that_is_allowed_passes_in_any_script() -> None:
    longest = [{"name": "語", "kind": "notes", "text": text * 15_000} for text in ("語", '"')]

    assert knowledge_sent(form(longest)) is not None

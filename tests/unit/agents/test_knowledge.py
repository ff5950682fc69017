"""What an agent is given to read: what is taken, and how much of it fits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.agents.knowledge import (
    DOCUMENT_LIMIT,
    KNOWLEDGE_LIMIT,
    MOST_DOCUMENTS,
    Document,
    checked_knowledge,
    kind_of_name,
    within,
)
from peak_app.errors import InvalidInput

CV = {"name": " Ann's  CV ", "kind": "cv", "text": " Led a team.\n"}


def test_documents_are_tidied_and_empty_ones_left_out() -> None:
    assert checked_knowledge([CV, {"name": "x", "kind": "notes", "text": "  "}, {}]) == (
        Document("Ann's CV", "cv", "Led a team."),
    )
    assert checked_knowledge([]) == ()


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ("[]", "The knowledge can't be read."),
        (["CV"], "The knowledge can't be read."),
        ([{**CV, "name": ""}], "The name of a document can't be empty."),
        ([{**CV, "name": "x" * 81}], "at most 80 characters; this has 81"),
        ([{**CV, "kind": "virus"}], "Say what “Ann's CV” is"),
        ([{**CV, "kind": ["cv"]}], "Say what “Ann's CV” is"),
        ([{**CV, "text": 7}], "“Ann's CV” must be text."),
        ([{**CV, "text": "x" * (DOCUMENT_LIMIT + 1)}], "at most 15,000 characters; this has 15,001"),
        ([CV] * (MOST_DOCUMENTS + 1), "at most 5 documents; these are 6"),
        ([{**CV, "text": "x" * 12_000}] * 3, "at most 30,000 characters; these have 36,000"),
    ],
)
def test_what_is_too_much_or_makes_no_sense_is_refused_with_a_sentence(entries: Any, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence.replace("“", ".").replace("”", ".")):
        checked_knowledge(entries)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Ann_Example_CV.pdf", "cv"),
        ("resume-2026.docx", "cv"),
        ("Lebenslauf.pdf", "cv"),
        ("Senior engineer job description.pdf", "job"),
        ("JD.txt", "job"),
        ("thoughts.md", "notes"),
        ("discovery.txt", "notes"),
    ],
)
def test_a_first_guess_is_made_from_the_name(name: str, kind: str) -> None:
    assert kind_of_name(name) == kind


@given(st.lists(st.text(max_size=400), max_size=MOST_DOCUMENTS), st.integers(100, 1_000))
def test_documents_fit_into_their_room_and_none_is_left_out(texts: list[str], most: int) -> None:
    texts = [text.encode(errors="ignore").decode() for text in texts]
    given_ones = [Document(str(at), "notes", text) for at, text in enumerate(texts)]
    fitted = within(given_ones, most)

    assert sum(len(document.text.encode()) for document in fitted) <= most
    assert [document.name for document in fitted] == [document.name for document in given_ones]
    for before, after in zip(given_ones, fitted, strict=True):
        assert after.text == before.text or before.text.startswith(after.text.removesuffix(" […]"))
    if sum(len(text.encode()) for text in texts) <= most:
        assert list(fitted) == given_ones


def test_a_short_document_stays_whole_beside_a_long_one() -> None:
    short, long = Document("a", "cv", "short"), Document("b", "job", "x" * 1_000)

    assert within([long, short], 200) == (Document("b", "job", "x" * 189 + " […]"), short)


def test_all_that_may_be_kept_fits_into_a_call_in_latin_script() -> None:
    from bridge.prompts import MATERIAL_BYTES

    full = [Document(str(at), "notes", "x" * (KNOWLEDGE_LIMIT // 2)) for at in range(2)]
    assert list(within(full, MATERIAL_BYTES)) == full

"""The form of what an agent's meetings are scored by: what it sends, and what it shows again after a refusal."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.scorecards.rubric import CRITERIA, RubricChoice
from peak_app.domain.scorecards.templates import templates
from peak_app.errors import InvalidInput
from peak_app.state.rubric_form import CriterionRow, RubricRow, rubric_sent, rubric_typed, template_rows

ROW = {"id": "", "name": "Calm", "looks_for": "Stays calm.", "levels": [""] * 5, "rule": ""}


def form(**entered: object) -> dict[str, Any]:
    return {"rubric": json.dumps(entered)}


def own(*rows: dict[str, Any]) -> dict[str, Any]:
    return form(name="Ours", criteria=list(rows))


def test_what_is_sent_is_what_is_shown_again() -> None:
    levels = ["Never.", "Once.", "Twice.", "Often.", "Always."]
    choice = rubric_sent(own({**ROW, "levels": levels, "rule": "reason"}))

    assert choice is not None
    row = RubricRow.of(choice)
    assert (row.is_own, row.name) == (True, "Ours")
    assert row.criteria == [CriterionRow("own-1", "Calm", "Stays calm.", levels, "reason")]
    assert RubricRow.of(RubricChoice("sales")) == rubric_typed(form(template="sales")) == RubricRow("sales")


def test_a_template_can_be_taken_as_it_is_changed_and_left_to_the_words() -> None:
    assert rubric_sent(form(template="")) == RubricChoice()
    for row in template_rows():
        assert rubric_sent(form(template=row.template_id)) == RubricChoice(row.template_id)
        changed = rubric_sent(form(name="Mine", criteria=[vars(entry) for entry in row.criteria]))
        assert changed is not None
        assert changed.own is not None
        assert changed.own.criteria == templates()[row.template_id].rubric.criteria


def test_a_form_sent_before_its_field_was_there_says_nothing_about_it() -> None:
    assert rubric_sent({"name": "Ada"}) is None
    assert rubric_sent(None) is None


@pytest.mark.parametrize("count", [0, 13, 50])
def test_too_few_and_too_many_criteria_are_refused_with_a_sentence_and_shown_again(count: int) -> None:
    entered = own(*[{**ROW, "name": f"Criterion {number}"} for number in range(count)])

    with pytest.raises(InvalidInput, match=f"A rubric has 1 to 12 criteria; this one has {count}."):
        rubric_sent(entered)
    assert len(rubric_typed(entered).criteria) == min(count, 2 * CRITERIA[1])


@pytest.mark.parametrize(
    "rubric",
    [7, "", "{", "[]", "null", "{}", '{"template": 7}', '{"template": "charm"}', '{"criteria": 7}', "[" * 30_000],
)
def test_what_is_no_rubric_is_refused(rubric: object) -> None:
    with pytest.raises(InvalidInput, match="can't be read"):
        rubric_sent({"rubric": rubric})


def test_what_was_typed_is_shown_again_cut_to_a_size() -> None:
    typed = rubric_typed(own({"name": "n" * 9_999, "looks_for": 7, "levels": ["x" * 999, 7], "rule": "r" * 99}))

    (row,) = typed.criteria
    assert (len(row.name), row.looks_for, len(row.rule)) == (120, "", 20)
    assert [len(level) for level in row.levels] == [320, 0, 0, 0, 0]


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
rows = st.dictionaries(st.sampled_from(["id", "name", "looks_for", "levels", "rule"]), junk) | junk
entered = st.dictionaries(st.sampled_from(["template", "name"]), junk) | st.fixed_dictionaries(
    {"name": junk, "criteria": st.lists(rows) | junk}
)


@given(st.fixed_dictionaries({"rubric": entered.map(json.dumps) | junk}) | junk)
def test_anything_at_all_is_read_or_refused(sent: Any) -> None:
    assert isinstance(rubric_typed(sent), RubricRow)
    try:
        choice = rubric_sent(sent)
    except InvalidInput:
        return
    assert choice is None or isinstance(choice, RubricChoice)

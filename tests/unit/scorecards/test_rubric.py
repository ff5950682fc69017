"""What a person enters as a rubric: checked, kept and read back."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.scorecards.rubric import (
    CRITERIA,
    LEVELS,
    Criterion,
    Rubric,
    RubricChoice,
    checked_rubric,
    choice_of_settings,
    choice_to_settings,
    rubric_of_json,
    rubric_to_json,
)
from peak_app.domain.scorecards.templates import default_levels, templates
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t
from peak_app.ports.language import Rule


def checked(name: object, criteria: object) -> Rubric:
    return checked_rubric(name, criteria, levels=default_levels())


def entry(name: object = "Clarity", **more: object) -> dict[str, object]:
    return {"name": name, "looks_for": "One can follow it.", **more}


def entries_of(rubric: Rubric) -> list[dict[str, object]]:
    return rubric_to_json(rubric)["criteria"]


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)
rubrics = st.lists(
    st.builds(
        Criterion,
        st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True),
        words,
        words,
        st.lists(words, min_size=LEVELS, max_size=LEVELS).map(tuple),
        st.sampled_from([None, *get_args(Rule)]),
    ),
    min_size=1,
    max_size=12,
    unique_by=(lambda criterion: criterion.id, lambda criterion: criterion.name.casefold()),
).flatmap(lambda criteria: st.builds(Rubric, words, st.integers(1, 99), st.just(tuple(criteria))))


@given(rubrics)
def test_what_is_kept_is_read_back_the_same(rubric: Rubric):
    kept = json.loads(json.dumps(choice_to_settings(RubricChoice(own=rubric))))

    assert choice_of_settings(kept) == RubricChoice(own=rubric)
    assert rubric_of_json(json.loads(json.dumps(rubric_to_json(rubric)))) == rubric


@given(rubrics)
def test_what_was_checked_once_passes_again(rubric: Rubric):
    again = checked(rubric.name, entries_of(rubric))

    assert (again.name, again.criteria) == (rubric.name, rubric.criteria)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
junk_entries = st.one_of(
    junk,
    st.fixed_dictionaries(
        {"name": junk | words, "looks_for": junk | words}, optional={"id": junk, "levels": junk, "rule": junk}
    ),
)


@given(junk, junk | st.lists(junk_entries, max_size=14))
def test_anything_at_all_is_a_rubric_within_its_limits_or_refused(name: Any, criteria: Any):
    try:
        rubric = checked(name, criteria)
    except InvalidInput:
        return
    assert CRITERIA[0] <= len(rubric.criteria) <= CRITERIA[1]
    assert len({criterion.id for criterion in rubric.criteria}) == len(rubric.criteria)
    for criterion in rubric.criteria:
        assert criterion.name
        assert criterion.looks_for
        assert len(criterion.levels) == LEVELS
        assert all(criterion.levels)
    # A database takes it: no half characters, no zero bytes.
    assert "\\u0000" not in json.dumps(rubric_to_json(rubric))
    json.dumps(rubric_to_json(rubric), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("name", "criteria", "sentence"),
    [
        ("R", [], "A rubric has 1 to 12 criteria; this one has 0."),
        ("R", [{"name": " ", "looks_for": ""}], "A rubric has 1 to 12 criteria; this one has 0."),
        ("R", [entry(f"Criterion {n}") for n in range(50)], "A rubric has 1 to 12 criteria; this one has 50."),
        ("R", None, "The rubric can't be read."),
        ("R", "[]", "The rubric can't be read."),
        ("R", ["Clarity"], "The rubric can't be read."),
        ("x" * 61, [entry()], "at most 60 characters; this has 61"),
        ("R", [entry(" ")], "Each criterion needs a name."),
        ("R", [entry("x" * 61)], "at most 60 characters; this has 61"),
        ("R", [entry(looks_for="")], "Say what “Clarity” looks for."),
        ("R", [entry(looks_for="x" * 301)], "at most 300 characters; this has 301"),
        ("R", [entry(), entry("clarity")], "Two criteria have the name “clarity”."),
        ("R", [entry(levels=["One."])], "The rubric can't be read."),
        ("R", [entry(levels=["One.", "", "", "", ""])], "each of the five levels of “Clarity”"),
        ("R", [entry(levels=["x" * 161, "2", "3", "4", "5"])], "at most 160 characters; this has 161"),
        ("R", [entry(rule="charm")], "The rubric can't be read."),
        ("R", [entry(rule=["result"])], "The rubric can't be read."),
    ],
)
def test_what_nobody_could_score_by_is_refused_with_a_sentence(name: object, criteria: object, sentence: str):
    with pytest.raises(InvalidInput) as refusal:
        checked(name, criteria)
    assert sentence in refusal.value.sentence


def test_a_criterion_without_levels_gets_the_general_ones():
    (plain, empty) = checked("", [entry(), entry("Tone", levels=["", " ", "", "", ""])]).criteria

    assert plain.levels == empty.levels == default_levels()
    assert checked("", [entry()]).name == t("rubric.nameless")


def test_a_criterion_keeps_its_id_and_a_new_one_gets_one_that_is_free():
    rubric = checked("", [entry(id="result"), entry("A"), entry("B", id="result"), entry("C", id="Not an id!")])

    assert [criterion.id for criterion in rubric.criteria] == ["result", "own-1", "own-2", "own-3"]


def test_an_own_rubric_counts_its_versions_and_the_same_words_are_the_same_version():
    first = RubricChoice(own=checked("Mine", [entry()])).numbered_after(RubricChoice())
    same = RubricChoice(own=checked("Mine", [entry(id="own-1")])).numbered_after(first)
    other = RubricChoice(own=checked("Mine", [entry("Tone")])).numbered_after(same)

    assert [choice.own.version for choice in (first, same, other) if choice.own] == [1, 1, 2]
    assert RubricChoice("nursing").numbered_after(other) == RubricChoice("nursing")


def test_a_template_is_kept_by_its_name_and_the_choice_of_neither_by_nothing():
    assert choice_to_settings(RubricChoice("nursing")) == {"rubric": {"template": "nursing"}}
    assert choice_of_settings({"rubric": {"template": "nursing"}}) == RubricChoice("nursing")
    assert choice_to_settings(RubricChoice()) == {}
    assert choice_of_settings({"practice_bank": "sql"}) == RubricChoice()


def test_every_template_passes_the_checks_of_a_persons_own():
    for template in templates().values():
        rubric = template.rubric
        assert checked(rubric.name, entries_of(rubric)).criteria == rubric.criteria

"""How an agent leads a call: what a person enters, checked, kept and read back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.agents.conduct import (
    MOST_STAGE_MINUTES,
    MOST_STAGES,
    RAMBLE_SECONDS,
    STAGE_GOAL_LIMIT,
    STAGE_NAME_LIMIT,
    TIME_LIMIT_MINUTES,
    Conduct,
    Stage,
    checked_conduct,
    conduct_of_settings,
    conduct_to_settings,
)
from peak_app.errors import InvalidInput
from peak_app.ports.voice import LANGUAGES

TWO_STAGES = [
    {"name": " Warm-up ", "minutes": "5", "goal": ""},
    {"name": "System design", "minutes": 25, "goal": "How they  weigh\ntrade-offs."},
]

words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=STAGE_NAME_LIMIT)
stages = st.builds(Stage, words, st.integers(1, MOST_STAGE_MINUTES), st.one_of(st.just(""), words))
conducts = st.builds(
    Conduct,
    st.sampled_from(["patient", "balanced", "brisk"]),
    st.one_of(st.none(), st.integers(*RAMBLE_SECONDS)),
    st.lists(stages, max_size=MOST_STAGES).map(tuple),
    st.one_of(st.just(""), words),
    st.one_of(st.none(), st.integers(*TIME_LIMIT_MINUTES)),
    st.sampled_from(["", "marin", "voice-2"]),
    st.sampled_from(["", *LANGUAGES]),
)


@given(conducts)
def test_what_is_kept_is_read_back_the_same(conduct: Conduct) -> None:
    kept = json.loads(json.dumps(conduct_to_settings(conduct)))

    assert conduct_of_settings(kept) == conduct


@given(conducts)
def test_what_was_checked_once_passes_again(conduct: Conduct) -> None:
    entered = [{"name": stage.name, "minutes": str(stage.minutes), "goal": stage.goal} for stage in conduct.stages]

    more = {name: getattr(conduct, name) for name in ("greeting", "limit_minutes", "voice", "language")}
    assert checked_conduct(conduct.turn_taking, conduct.ramble_after_s, entered, **more) == conduct


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"greeting": "x" * 401}, "The greeting can have at most 400 characters"),
        ({"greeting": ["Hi"]}, "The greeting must be text."),
        ({"limit_minutes": "2"}, "The time limit is 3 to 180 minutes"),
        ({"limit_minutes": "181"}, "The time limit is 3 to 180 minutes"),
        ({"limit_minutes": "soon"}, "The time limit is 3 to 180 minutes"),
        ({"limit_minutes": True}, "The time limit is 3 to 180 minutes"),
        ({"voice": "no voice"}, "Choose a voice of the list."),
        ({"voice": 7}, "Choose a voice of the list."),
        ({"language": "klingon"}, "Choose a language of the list."),
        ({"language": ["de"]}, "Choose a language of the list."),
    ],
)
def test_a_greeting_a_limit_a_voice_or_a_language_that_makes_no_sense_is_refused(more, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        checked_conduct("brisk", None, [], **more)


def test_a_greeting_is_one_line_and_an_empty_limit_is_none() -> None:
    conduct = checked_conduct("brisk", None, [], greeting=" Hello,\n you. ", limit_minutes=" ", voice="", language=None)

    assert conduct == Conduct("brisk", greeting="Hello, you.")
    assert Conduct(limit_minutes=5).limit_ms == 300_000


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
entries = st.one_of(
    junk, st.fixed_dictionaries({}, optional={"name": junk, "minutes": junk, "goal": junk, "more": junk})
)


@given(st.one_of(junk, st.just("brisk")), junk, st.one_of(junk, st.lists(entries, max_size=12)))
def test_anything_at_all_is_a_conduct_within_its_limits_or_refused(a: Any, b: Any, c: Any) -> None:
    try:
        conduct = checked_conduct(a, b, c)
    except InvalidInput:
        return
    assert conduct.ramble_after_s is None or RAMBLE_SECONDS[0] <= conduct.ramble_after_s <= RAMBLE_SECONDS[1]
    assert len(conduct.stages) <= MOST_STAGES
    for stage in conduct.stages:
        assert 0 < len(stage.name) <= STAGE_NAME_LIMIT
        assert len(stage.goal) <= STAGE_GOAL_LIMIT
        assert 1 <= stage.minutes <= MOST_STAGE_MINUTES
    # A database takes it: no half characters, no zero bytes.
    assert "\\u0000" not in json.dumps(conduct_to_settings(conduct))
    json.dumps(conduct_to_settings(conduct), ensure_ascii=False).encode()


def test_by_default_nothing_is_kept_and_nothing_is_planned() -> None:
    assert conduct_to_settings(Conduct()) == {}
    assert conduct_of_settings({"practice_bank": "sql"}) == Conduct()
    assert Conduct().planned_ms is None


def test_stages_are_one_line_each_and_add_up() -> None:
    conduct = checked_conduct("patient", "90", TWO_STAGES)

    assert conduct.stages == (Stage("Warm-up", 5), Stage("System design", 25, "How they weigh trade-offs."))
    assert (conduct.ramble_after_s, conduct.planned_ms) == (90, 30 * 60_000)


def test_a_row_without_anything_in_it_is_left_out() -> None:
    empty = [{"name": " ", "minutes": "", "goal": ""}, {}]

    assert (
        checked_conduct("balanced", "", [*empty, *TWO_STAGES]).stages
        == checked_conduct("balanced", "", TWO_STAGES).stages
    )


@pytest.mark.parametrize(
    ("given_input", "sentence"),
    [
        (("hasty", None, []), "Choose patient, balanced or brisk."),
        ((["patient"], None, []), "Choose patient, balanced or brisk."),
        (("brisk", "29", []), "Long answers may be interrupted after 30 to 600 seconds."),
        (("brisk", "601", []), "Long answers may be interrupted after 30 to 600 seconds."),
        (("brisk", "soon", []), "Long answers may be interrupted after 30 to 600 seconds."),
        (("brisk", True, []), "Long answers may be interrupted after 30 to 600 seconds."),
        (("brisk", None, "[]"), "The stages can't be read."),
        (("brisk", None, ["Warm-up"]), "The stages can't be read."),
        (("brisk", None, [{"minutes": "5"}]), "Each stage needs a name."),
        (("brisk", None, [{"name": "x" * 41, "minutes": 5}]), "at most 40 characters; this has 41"),
        (("brisk", None, [{"name": "x", "minutes": 5, "goal": "x" * 301}]), "at most 300 characters; this has 301"),
        (("brisk", None, [{"name": ["x"], "minutes": 5}]), "The name of a stage must be text."),
        (("brisk", None, [{"name": "x"}]), "A stage takes 1 to 60 minutes."),
        (("brisk", None, [{"name": "x", "minutes": "0"}]), "A stage takes 1 to 60 minutes."),
        (("brisk", None, [{"name": "x", "minutes": "-5"}]), "A stage takes 1 to 60 minutes."),
        (("brisk", None, [{"name": "x", "minutes": "5.5"}]), "A stage takes 1 to 60 minutes."),
        (("brisk", None, [{"name": "x", "minutes": "\u0665"}]), "A stage takes 1 to 60 minutes."),
        (("brisk", None, [{"name": "x", "minutes": 5}] * 9), "An interview has at most 8 stages."),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(given_input: tuple[Any, Any, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        checked_conduct(*given_input)
    assert sentence in refusal.value.sentence

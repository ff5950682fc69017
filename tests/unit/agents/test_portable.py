"""An agent as a file: what goes out comes in the same, and nothing else comes in."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.agents.conduct import Conduct, Stage
from peak_app.domain.agents.gallery import gallery
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.portable import FILE_LIMIT, of_file, to_file
from peak_app.domain.agents.words import AgentWords
from peak_app.domain.scorecards.rubric import RubricChoice, checked_rubric
from peak_app.domain.scorecards.templates import default_levels, templates
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t

FULL = AgentWords.of(
    name="Bea 🎯 שלום <b>",
    instructions="Ask me.\nOne at a time.",
    practice_bank="sales",
    conduct=Conduct(
        "patient",
        120,
        (Stage("Warm-up", 5), Stage("Deep", 20, "Find out.")),
        greeting="Hello “you”.",
        limit_minutes=30,
        voice="cedar",
        language="de",
    ),
    rubric=RubricChoice(
        own=checked_rubric("Mine", [{"name": "Tone", "looks_for": "It.", "rule": "length"}], levels=default_levels())
    ),
    documents=[Document("CV", "cv", "Led a team.\nCut costs."), Document("Job", "job", "x")],
)


@pytest.mark.parametrize("words", [FULL, *(agent.words for agent in gallery().values())])
def test_what_goes_out_comes_in_the_same(words: AgentWords) -> None:
    assert of_file(to_file(words)) == words


def test_a_rubric_keeps_the_number_of_its_version() -> None:
    content = json.loads(to_file(FULL))
    content["rubric"]["version"] = 7
    brought = of_file(json.dumps(content).encode())
    assert brought.rubric.own is not None
    assert brought.rubric.own.version == 7


def test_a_name_and_instructions_are_all_a_file_needs() -> None:
    small = {"format": "peak-agent", "version": 1, "name": "Ada", "instructions": "Ask."}
    assert of_file(json.dumps(small).encode()) == AgentWords.of(name="Ada", instructions="Ask.")


def test_the_longest_agent_fits_into_a_file() -> None:
    long = AgentWords.of(
        name="語" * 60,
        instructions="語" * 8_000,
        conduct=Conduct(stages=(Stage("語" * 40, 60, "語" * 300),) * 8, greeting="語" * 400),
        rubric=RubricChoice(own=templates()["sales"].rubric),
        documents=[Document("語" * 80, "notes", "語" * 15_000)] * 2,
    )
    assert len(to_file(long)) < FILE_LIMIT
    assert of_file(to_file(long)) == long


def changed(**values: Any) -> bytes:
    return json.dumps({**json.loads(to_file(FULL)), **values}).encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", t("refusal.no_agent_file")),
        (b"\x89PNG\r\n", t("refusal.no_agent_file")),
        (b"<html>", t("refusal.no_agent_file")),
        (b"[1]", t("refusal.no_agent_file")),
        (b"{}", t("refusal.no_agent_file")),
        (b"[" * 100_000, t("refusal.no_agent_file")),
        (b'{"a":' * 50_000, t("refusal.no_agent_file")),
        (changed(format="other"), t("refusal.no_agent_file")),
        (changed(version=2), t("refusal.agent_file_version")),
        (changed(version="1"), "This file of an agent is malformed at “version”."),
        (changed(name=7), "This file of an agent is malformed at “name”."),
        (changed(conduct={"stages": [{"name": "x", "minutes": "5"}]}), "malformed at “conduct.stages.minutes”."),
        (changed(owner_id="someone else"), "has parts that no agent has"),
        (changed(name=""), "Name can't be empty."),
        (changed(instructions="x" * 8_001), "Instructions can have at most 8,000 characters"),
        (changed(conduct={"turn_taking": "hasty"}), "Choose patient, balanced or brisk."),
        (changed(conduct={"voice": "../../etc"}), "Choose a voice of the list."),
        (changed(conduct={"language": "tlh"}), "Choose a language of the list."),
        (changed(conduct={"limit_minutes": 10_000}), "The time limit is 3 to 180 minutes, or empty."),
        (changed(rubric={"criteria": []}), "A rubric has 1 to 12 criteria; this one has 0."),
        (changed(rubric={"criteria": [{"name": "x", "looks_for": "y", "rule": "drop table"}]}), "can't be read"),
        (changed(knowledge=[{"name": "x", "kind": "virus", "text": "y"}]), "Say what “x” is"),
        (changed(knowledge=[{"name": "x", "kind": "cv", "text": "y" * 15_001}]), "at most 15,000 characters"),
    ],
)
def test_a_hostile_file_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        of_file(content)
    assert sentence in refused.value.sentence


def test_a_template_that_is_not_known_here_is_passed_over() -> None:
    assert of_file(changed(rubric={"template": "gone"})).rubric == RubricChoice()


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["name", "conduct", "rubric", "knowledge", "practice_bank"]), junk)
def test_anything_in_any_place_is_an_agent_or_a_sentence(place: str, value: Any) -> None:
    try:
        words = of_file(changed(**{place: value}))
    except InvalidInput:
        return
    assert of_file(to_file(words)) == words

"""What changed from one version to the next."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.agents.conduct import Conduct, Stage
from peak_app.domain.agents.history import MOST_LINES, DiffLine, changes_between
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.words import AgentWords, copied_name
from peak_app.domain.scorecards.rubric import RubricChoice, checked_rubric
from peak_app.domain.scorecards.templates import default_levels

ADA = AgentWords.of(name="Ada", instructions="One.\nTwo.\nThree.\nFour.\nFive.\nSix.\nSeven.\nEight.")


def _fields(new: AgentWords, old: AgentWords = ADA) -> list[str]:
    return [change.field for change in changes_between(old, new)]


def test_the_same_words_have_no_changes() -> None:
    assert changes_between(ADA, replace(ADA)) == ()


def test_changed_lines_are_shown_with_those_beside_them() -> None:
    (change,) = changes_between(ADA, replace(ADA, instructions=ADA.instructions.replace("Five.", "5.")))

    assert change.field == "instructions"
    assert [(line.kind, line.text) for line in change.lines] == [
        ("gap", ""),
        ("same", "Three."),
        ("same", "Four."),
        ("removed", "Five."),
        ("added", "5."),
        ("same", "Six."),
        ("same", "Seven."),
        ("same", "Eight."),
    ]


def test_every_part_of_an_agent_is_looked_at() -> None:
    own = RubricChoice(own=checked_rubric("Mine", [{"name": "Tone", "looks_for": "It."}], levels=default_levels()))
    for field, new in {
        "name": replace(ADA, name="Bea"),
        "practice_bank": replace(ADA, practice_bank="sales"),
        "rubric": replace(ADA, rubric=own),
        "knowledge": replace(ADA, documents=(Document("CV", "cv", "Led."),)),
        "turn_taking": replace(ADA, conduct=Conduct("brisk")),
        "stages": replace(ADA, conduct=Conduct(stages=(Stage("Warm-up", 5),))),
        "greeting": replace(ADA, conduct=Conduct(greeting="Hello.")),
        "limit": replace(ADA, conduct=Conduct(limit_minutes=20)),
        "voice": replace(ADA, conduct=Conduct(voice="cedar")),
        "language": replace(ADA, conduct=Conduct(language="de")),
    }.items():
        assert _fields(new) == [field]
    assert len(_fields(AgentWords.of(name="x", instructions="y", practice_bank="z", conduct=Conduct("brisk")))) == 4


def test_values_are_told_in_words() -> None:
    (change,) = changes_between(ADA, replace(ADA, conduct=Conduct("patient", 90)))

    assert change.lines == (
        DiffLine("removed", "Balanced"),
        DiffLine("added", "Patient"),
        DiffLine("added", "Steps in after 90 s"),
    )


def test_a_change_without_end_is_cut() -> None:
    document = Document("CV", "cv", "\n".join(map(str, range(3_000))))
    (change,) = changes_between(ADA, replace(ADA, documents=(document,)))

    assert len(change.lines) == MOST_LINES + 1
    assert change.lines[-1].kind == "gap"


def test_texts_that_are_hard_to_compare_take_no_time() -> None:
    many, more = ("x\ny\n" * 3_700, "y\nx\nx\n" * 2_400)
    (change,) = changes_between(
        replace(ADA, documents=(Document("CV", "cv", many),)), replace(ADA, documents=(Document("CV", "cv", more),))
    )

    assert len(change.lines) == MOST_LINES + 1


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_both_texts_can_be_read_from_the_lines(old: list[str], new: list[str]) -> None:
    changes = changes_between(replace(ADA, instructions="\n".join(old)), replace(ADA, instructions="\n".join(new)))
    lines = changes[0].lines if changes else ()

    assert bool(changes) == (old != new)
    if changes and not any(line.kind == "gap" for line in lines):
        assert [line.text for line in lines if line.kind != "added"] == old
        assert [line.text for line in lines if line.kind != "removed"] == new


def test_a_copy_has_a_name_of_its_own_within_the_limit() -> None:
    assert copied_name("Ada") == "Ada (copy)"
    assert len(copied_name("x" * 60)) == 60

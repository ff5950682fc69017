"""A drill with the practice coach: what someone came to practise is asked for first."""

import pytest

from bridge.prompts import instructions_for
from peak_app.embedded.ai_server.coach.coach import Coach
from peak_app.embedded.ai_server.coach.focus import PROBES, Focus, read_focus
from peak_app.embedded.ai_server.coach.matcher import _plain
from peak_app.embedded.ai_server.turns import Turn
from tests.unit.embedded.test_coach import BANK, FIRST, NO_RESULT, SECOND

NUMBERS = "Specifics: give a number in every answer."
VAGUE = (
    "Last year our team looked after the shop, and we talked to many people about it because it was slow, and we went "
    "on doing that for quite a while without anything that we could show for it."
)


def drill(focus: str, *said: str) -> list[str]:
    """What the coach says, turn by turn."""
    coach, instructions, turns = Coach(BANK), instructions_for("Mira", "Be kind.", focus=focus), list[Turn]()
    for text in ("", *said):
        turns += [Turn("user", text)] if text else []
        turns.append(Turn("assistant", coach.next_turn(instructions, turns)))
    return [turn.text for turn in turns if turn.role == "assistant"]


def test_the_greeting_names_the_focus() -> None:
    assert "Today we work on Specifics. " in drill(NUMBERS)[0]
    assert "Today we work on what you chose to practise. " in drill("I talk too fast")[0]
    assert "Today we work on" not in drill("")[0]


def test_what_is_practised_is_asked_for_before_anything_else_that_is_missing() -> None:
    assert drill("", VAGUE)[1].endswith(FIRST.probes["no_i"])
    assert drill("Result: say what came of it.", VAGUE)[1].endswith(FIRST.probes["no_result"])


def test_a_question_without_a_follow_up_for_it_gets_the_general_one_once() -> None:
    first, second = drill(NUMBERS, NO_RESULT, "It was about that.")[1:]
    assert first.endswith(PROBES["no_number"])
    assert not second.endswith(PROBES["no_number"])


def test_an_answer_that_has_it_leads_on() -> None:
    answer = (
        "Last year I rebuilt the checkout because it was slow, and as a result the page became three times as fast, "
        "which took four weeks and two people."
    )
    assert drill(NUMBERS, answer)[1].endswith(SECOND.text)


@pytest.mark.parametrize(
    ("words", "triggers"),
    [
        ("Own part: say what you did yourself.", ("no_i",)),
        ("why, and numbers", ("no_number", "no_reason")),
        ("Speak slower.", ()),
        ("\u202e\u0645\u0631\u062d\u0628\u0627 🙂", ()),
        (":" * 400, ()),
    ],
)
def test_the_lacks_are_read_from_any_words(words: str, triggers: tuple[str, ...]) -> None:
    assert read_focus(instructions_for("Mira", "Be kind.", focus=words)).triggers == triggers


def test_words_of_the_agent_are_no_focus_and_a_focus_changes_no_question_bank() -> None:
    assert read_focus(instructions_for("Mira", "Practise results and numbers.")) == Focus()
    assert _plain(instructions_for("Mira", "Be kind.", focus=NUMBERS)) == _plain(instructions_for("Mira", "Be kind."))

"""The reviewed question banks keep their form."""

import pytest

from peak_app.embedded.ai_server.coach.answer import words
from peak_app.embedded.ai_server.coach.bank import GENERAL_BANK, Bank, banks
from peak_app.embedded.ai_server.coach.coach import Coach
from peak_app.embedded.ai_server.speech.synthesiser import split_sentences
from peak_app.embedded.ai_server.turns import Turn

ALL = list(banks().values())
ANSWER = (
    "I worked on it for two years because I wanted to learn, and in the end it was a good result and I learned a "
    "lot from it, and I would do it again."
)


def test_there_are_banks_for_many_kinds_of_interview() -> None:
    assert len(ALL) >= 8
    assert ALL[0].id == GENERAL_BANK


@pytest.mark.parametrize("bank", ALL, ids=lambda bank: bank.id)
def test_a_bank_is_complete(bank: Bank) -> None:
    assert len(bank.questions) == 15
    assert bank.title
    assert len(bank.description) > 40
    assert len(bank.keywords) >= 8
    assert len(bank.examples) >= 3
    texts = [question.text for question in bank.questions]
    assert len(set(texts)) == 15


@pytest.mark.parametrize("bank", ALL, ids=lambda bank: bank.id)
def test_questions_can_be_spoken(bank: Bank) -> None:
    for question in bank.questions:
        spoken = [question.text, question.clarify, *question.probes.values()]
        assert question.text[-1] in "?."
        assert all(len(words(text)) <= 36 for text in spoken)
        assert all(len(split_sentences(text)) <= 3 for text in spoken)
        assert all("_" not in text and "  " not in text and "/" not in text for text in spoken)
        assert len(question.probes) >= 2


@pytest.mark.parametrize("bank", ALL, ids=lambda bank: bank.id)
def test_follow_ups_can_be_told_apart(bank: Bank) -> None:
    for question in bank.questions:
        own = list(question.probes.values())
        assert len(set(own)) == len(own)
        # Shorter ones would be found by chance in other sentences.
        assert all(len(words(probe)) >= 3 for probe in own)


@pytest.mark.parametrize("bank", ALL, ids=lambda bank: bank.id)
def test_an_interview_asks_every_question_once_and_ends(bank: Bank) -> None:
    coach = Coach(bank)
    turns: list[Turn] = []
    asked: list[str] = []
    for _ in range(60):
        reply = coach.next_turn("Your name is Mira.", turns)
        turns += [Turn("assistant", reply), Turn("user", ANSWER)]
        asked += [question.text for question in bank.questions if reply.endswith(question.text)]
        if "my last question" in reply:
            break
    assert asked == [question.text for question in bank.questions]
    assert "my last question" in turns[-2].text


@pytest.mark.parametrize("bank", ALL, ids=lambda bank: bank.id)
def test_short_answers_never_make_it_go_round_in_circles(bank: Bank) -> None:
    coach = Coach(bank)
    turns: list[Turn] = []
    for _ in range(15 * 3 + 1):
        reply = coach.next_turn("", turns)
        if "my last question" in reply:
            break
        turns += [Turn("assistant", reply), Turn("user", "It was good.")]
    assert "my last question" in reply

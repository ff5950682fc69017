"""What counts as an answer."""

import pytest

from peak_app.domain.scorecards.answers import answers_of, gives_up, without_asides
from tests.unit.scorecards.scripted import lines_of_talk


def test_an_answer_is_all_that_was_said_to_a_question():
    lines = lines_of_talk("A: Why?", "C: It was slow.", "C: And old.", "A: And then?", "C: We moved.")

    answers = answers_of(lines)

    assert [(answer.question.text if answer.question else None, answer.text) for answer in answers] == [
        ("Why?", "It was slow. And old."),
        ("And then?", "We moved."),
    ]
    assert answers[0].word_count == 5


def test_who_speaks_first_answers_no_question():
    assert answers_of(lines_of_talk("C: Hello, I am Ann."))[0].question is None


@pytest.mark.parametrize("text", ["Mm-hm.", "Yeah.", "Okay, great.", "uh huh", "I see.", "..."])
def test_signs_of_listening_are_no_answers(text: str):
    lines = lines_of_talk("A: So this is how it works.", f"C: {text}", "A: Any questions?", "C: No, none at all.")

    assert [line.id for line in without_asides(lines)] == ["L1", "L3", "L4"]


@pytest.mark.parametrize(
    "text", ["No idea.", "Java.", "40", "Forty percent.", "Yes, we did that twice.", "Да.", "我负责数据库。"]
)
def test_a_short_answer_is_an_answer(text: str):
    assert len(without_asides(lines_of_talk("A: What?", f"C: {text}"))) == 2


def test_two_words_into_the_agents_speech_are_an_aside_and_three_are_not():
    agent, short, longer = lines_of_talk("A: " + "word " * 90, "C: Hold on", "C: Wait a minute")

    assert without_asides([agent, short, longer]) == [agent, longer]


def test_what_was_typed_is_always_meant():
    lines = lines_of_talk("A: Ready?", "C: ok", typed=("C: ok",))

    assert without_asides(lines) == lines


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "I really don\u2019t know, sorry.",
        "No idea.",
        "I can't think of an example.",
        "Can we take the next question?",
        "Pass.",
        "I'm not sure.",
    ],
)
def test_giving_up_is_heard(text: str):
    assert gives_up(text)


@pytest.mark.parametrize(
    "text",
    [
        "I don't know the exact number, but I would look at the logs first, then at the database, and ask the team.",
        "We had to pass the audit.",
        "I know it well.",
        "The bypass was closed.",
    ],
)
def test_an_answer_that_goes_on_does_not_give_up(text: str):
    assert not gives_up(text)

"""Which answers are stories, what follow-up questions add, and how the time is shared."""

import pytest

from peak_app.domain.scorecards.stories import is_about_the_past, stories_of, story_texts
from peak_app.embedded.ai_server.coach.bank import banks
from tests.unit.scorecards.scripted import lines_of_talk

ASKED = "A: Tell me about a time you solved a problem nobody had asked you to solve."
TOLD = "C: Last year our server was slow. I added an index to the orders table."
RESULT = "C: In the end it was twice as fast."


def test_a_story_has_its_parts_with_their_words_and_the_one_to_ask_for():
    lines = lines_of_talk(ASKED, TOLD)

    (story,) = stories_of(lines)

    text = lines[1].text
    assert (story.question_line_id, story.line_ids) == ("L1", ["L2"])
    assert [(span.part, text[span.start : span.end]) for span in story.spans] == [
        ("situation", "Last year our server was slow."),
        ("action", "I added an index to the orders table."),
    ]
    assert all(span.quote == text[span.start : span.end] for span in story.spans)
    assert story.missing == "result"
    assert story.shares == {
        "situation": round(30 / len(text), 3),
        "action": round(37 / len(text), 3),
    }


def test_what_a_follow_up_brings_belongs_to_the_story():
    lines = lines_of_talk(ASKED, TOLD, "A: And what came of it?", RESULT)

    (story,) = stories_of(lines)

    assert story.line_ids == ["L2", "L4"]
    assert story.missing == "task"
    assert 0.3 < story.shares["result"] < 0.45


def test_another_subject_ends_the_story():
    lines = lines_of_talk(
        ASKED, TOLD, "A: When would you put work into a queue instead of doing it in the request?", RESULT
    )

    (story,) = stories_of(lines)

    assert story.line_ids == ["L2"]


def test_another_story_is_another_story():
    again = "A: Describe a disagreement you had with a colleague."

    assert [story.question_line_id for story in stories_of(lines_of_talk(ASKED, TOLD, again, TOLD))] == ["L1", "L3"]


def test_time_is_shared_by_what_was_spoken_and_by_letters_when_all_was_typed():
    spoken = stories_of(lines_of_talk(ASKED, TOLD, "A: And what came of it?", RESULT, typed=(RESULT,)))[0]
    typed = stories_of(lines_of_talk(ASKED, TOLD, typed=(TOLD,)))[0]

    assert spoken.shares["result"] == 0.0
    assert typed.shares == stories_of(lines_of_talk(ASKED, TOLD))[0].shares


@pytest.mark.parametrize(
    "answer",
    [
        "C: I don't know.",
        "C: No, sorry, never.",
        "C: Mi último proyecto fue muy difícil porque no teníamos tiempo y el cliente cambiaba de idea cada semana.",
    ],
)
def test_giving_up_a_few_words_and_other_languages_are_no_stories(answer: str):
    assert stories_of(lines_of_talk(ASKED, answer)) == []


def test_the_stories_for_a_model_quote_the_lines():
    lines = lines_of_talk(ASKED, TOLD, "A: And what came of it?", RESULT)

    (text,) = story_texts(stories_of(lines))

    assert [(part.part, [quote.line_id for quote in part.quotes]) for part in text.parts] == [
        ("situation", ["L2"]),
        ("action", ["L2"]),
        ("result", ["L4"]),
    ]


def test_most_questions_of_the_behavioural_bank_ask_for_a_story_and_those_of_system_design_hardly_any():
    def share(bank: str) -> float:
        asked = [is_about_the_past(question.text) for question in banks()[bank].questions]
        return sum(asked) / len(asked)

    assert share("behavioural") >= 0.7
    assert share("system-design") <= 0.2


@pytest.mark.parametrize(
    ("question", "is_story"),
    [
        ("When did you last miss a deadline, and what happened?", True),
        ("Give me an example of a time you had to learn something quickly.", True),
        ("Walk me through a code review in which you asked for a big change.", True),
        ("What is the most useful criticism you have ever received, and what did you do with it?", True),
        ("Tell me about yourself.", False),
        ("How would you limit how often each customer may call your interface?", False),
        ("Tell me about a meal you enjoy. What is in it, and how is it made?", False),
        ("Why should a team choose you?", False),
    ],
)
def test_questions_about_the_past_are_told_from_others(question: str, is_story: bool):
    assert is_about_the_past(question) is is_story

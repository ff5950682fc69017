"""What the practice coach counts in answers, and what it leaves to a model."""

import pytest

from peak_app.embedded.ai_server.reading.scorecard import (
    NO_STORY,
    NOT_COUNTABLE,
    NOT_ENGLISH,
    TOO_FEW,
    score,
)
from peak_app.ports.language import (
    Citation,
    CriterionScore,
    RubricCriterion,
    RubricText,
    Rule,
    ScoringText,
    StoryPart,
    StoryText,
    TextLine,
)


def scores_of(*turns: str, rule: Rule | None, stories: list[StoryText] | None = None) -> CriterionScore:
    """The score by one rule. Turns are a question and an answer, by turns."""
    lines = [
        TextLine(
            id=f"L{number}",
            speaker="agent" if number % 2 else "candidate",
            start_ms=number * 10_000,
            end_ms=number * 10_000 + 5_000,
            text=text,
        )
        for number, text in enumerate(turns, start=1)
    ]
    criterion = RubricCriterion(id="it", name="It", looks_for="It.", levels=["1.", "2.", "3.", "4.", "5."], rule=rule)
    meeting = ScoringText(
        title="Practice",
        agent_name="Ada",
        agent_instructions="Ask.",
        lines=lines,
        rubric=RubricText(name="R", criteria=[criterion]),
        stories=stories or [],
    )
    (found,) = score(meeting).criteria
    assert found.criterion_id == "it"
    for quote in found.quotes:
        assert quote.quote in next(line.text for line in lines if line.id == quote.line_id)
    assert (found.score is None) == (not found.quotes)
    return found


GOOD: dict[Rule, str] = {
    "own_part": "I rewrote the slow query and I measured it again.",
    "result": "I changed the index. As a result the page became faster.",
    "specifics": "We moved twelve services in three weeks.",
    "reason": "I chose a queue because the carrier was slow.",
    "directness": "I would look at the logs first.",
    "length": "I had to think of what we would do about it. " * 4,
}
BAD: dict[Rule, str] = {
    "own_part": "We rewrote it and we tested it and our users liked what we did.",
    "result": "I changed the index and I talked to the team.",
    "specifics": "We moved some services after a while.",
    "reason": "I chose a queue.",
    "directness": "That's a good question, well, I would look at the logs.",
    "length": "A few words only.",
}
RULES = list(GOOD)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("hits", "misses", "level"), [(0, 3, 1), (1, 3, 2), (1, 1, 3), (2, 1, 3), (3, 1, 4), (3, 0, 5)]
)
def test_the_share_of_answers_is_the_level(rule: Rule, hits: int, misses: int, level: int) -> None:
    answers = [GOOD[rule]] * hits + [BAD[rule]] * misses
    turns = [turn for number, answer in enumerate(answers) for turn in (f"What did you do in week {number}?", answer)]

    found = scores_of(*turns, rule=rule)

    assert found.score == level
    assert found.reason.startswith(f"{hits} of {hits + misses} answers")


@pytest.mark.parametrize("rule", RULES)
def test_an_answer_that_gives_up_shows_nothing_and_is_quoted_whole(rule: Rule) -> None:
    found = scores_of("Why?", "I don't know.", "And how?", "No idea.", rule=rule)

    assert found.score == 1
    assert {quote.quote for quote in found.quotes} == {"I don't know.", "No idea."}


@pytest.mark.parametrize("rule", RULES)
def test_one_answer_is_too_few_to_count_in(rule: Rule) -> None:
    assert scores_of("Why?", GOOD[rule], rule=rule).reason == TOO_FEW


def test_what_is_asked_back_is_no_answer() -> None:
    found = scores_of("Why?", "Could you repeat that, please?", "And how?", GOOD["reason"], rule="reason")

    assert (found.score, found.reason) == (None, TOO_FEW)


def test_what_cannot_be_counted_says_so() -> None:
    found = scores_of("Why?", GOOD["reason"], "And then?", GOOD["reason"], rule=None)

    assert (found.score, found.reason) == (None, NOT_COUNTABLE)


def test_rules_about_english_say_nothing_about_other_languages() -> None:
    answer = "Ich habe die Abfrage neu geschrieben, weil sie zu langsam war, und danach war alles viel schneller."

    assert scores_of("Warum?", answer, "Und dann?", answer, rule="reason").reason == NOT_ENGLISH


def test_what_is_so_since_a_time_is_no_reason() -> None:
    times = "Since then it is fast.", "It has been fast since 2019.", "Ever since it was fast."

    found = scores_of("Why?", times[0], "How?", times[1], "When?", times[2], rule="reason")

    assert (found.score, found.reason) == (1, "0 of 3 answers give a reason.")
    assert scores_of("Why?", "I left since it was late.", "How?", GOOD["reason"], rule="reason").score == 5


def test_an_answer_that_tells_of_nothing_done_needs_no_result() -> None:
    opinion = "I think that honesty is the most important thing of all."

    found = scores_of("Why?", opinion, "How?", GOOD["result"], "When?", BAD["result"], rule="result")

    assert found.reason.startswith("1 of 2 answers")


def test_the_strongest_words_are_quoted_first() -> None:
    weak, strong = "I saw three of them there.", "I cut the waiting time from nine to three seconds because of that."

    found = scores_of("Why?", weak, "And?", strong, rule="specifics")

    assert [quote.quote for quote in found.quotes] == [strong, weak]


def _story(number: int, *parts: str) -> StoryText:
    quote = Citation(line_id=f"L{2 * number}", quote="I changed the index.")
    return StoryText(
        question_line_id=f"L{2 * number - 1}",
        line_ids=[quote.line_id],
        parts=[StoryPart(part=part, quotes=[quote]) for part in parts],
    )


@pytest.mark.parametrize(
    ("parts", "level"),
    [((["action"],), 2), ((["action", "result"], ["action"]), 3), ((["situation", "task", "action", "result"],), 5)],
)
def test_the_parts_of_stories_are_counted(parts: tuple[list[str], ...], level: int) -> None:
    turns = ("Tell me about a change.", "I changed the index. It was faster then.") * len(parts)
    stories = [_story(number, *found) for number, found in enumerate(parts, start=1)]

    assert scores_of(*turns, rule="structure", stories=stories).score == level


def test_a_story_that_was_given_up_has_no_parts() -> None:
    asked = ("Tell me about a conflict.", "I don't know.")

    assert scores_of(*asked, rule="structure").score == 1
    with_one = scores_of(
        "Tell me about a change.",
        "I changed the index.",
        *asked,
        rule="structure",
        stories=[_story(1, "situation", "task", "action", "result")],
    )
    assert with_one.score == 3
    assert scores_of("Why?", "Because.", rule="structure").reason == NO_STORY


def test_lines_without_words_and_no_lines_at_all_break_nothing() -> None:
    for rule in (*RULES, "structure"):
        assert scores_of(rule=rule).score is None
        assert scores_of("Why?", "", "Why?", " ... ", rule=rule).score is None

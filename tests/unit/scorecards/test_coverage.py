"""Whether there is enough to give numbers at all."""

import pytest

from peak_app.domain.insights.lines import Line
from peak_app.domain.scorecards.coverage import certainty_of, coverage_of, is_unclear
from tests.unit.scorecards.scripted import lines_of_talk

LONG = "C: " + "I wrote a test and then I fixed the thing that it had found for us. " * 3


def test_two_answers_of_some_length_are_enough():
    coverage = coverage_of(lines_of_talk("A: Why?", LONG, "A: And then?", LONG))

    assert (coverage.answers, coverage.words, coverage.gap) == (2, 96, None)


def test_one_answer_or_few_words_are_too_little():
    assert coverage_of(lines_of_talk("A: Why?", LONG, LONG)).gap == "little"
    assert coverage_of(lines_of_talk("A: Why?", "C: Because.", "A: And then?", "C: It worked.")).gap == "little"
    assert coverage_of([]).gap == "little"


def test_giving_up_is_an_answer_that_can_be_scored():
    turns = [turn for _ in range(3) for turn in ("A: What was hard?", "C: I don't know.")]

    assert coverage_of(lines_of_talk(*turns)).gap is None


def test_typed_answers_count_for_their_content():
    lines = lines_of_talk("A: Why?", LONG, "A: And then?", LONG, typed=(LONG,))

    coverage = coverage_of(lines)

    assert (coverage.words, coverage.unclear_share, coverage.gap) == (96, 0.0, None)


def _heard(number: int, text: str, seconds: int) -> Line:
    start_ms = number * 60_000
    return Line(id=f"L{number}", speaker="candidate", start_ms=start_ms, end_ms=start_ms + seconds * 1000, text=text)


def test_long_speech_with_hardly_a_word_in_it_was_not_understood():
    assert is_unclear(_heard(1, "You", 30))
    assert not is_unclear(_heard(1, "You", 3))
    assert not is_unclear(_heard(1, "It took us a while to see what was wrong there.", 20))


def test_when_half_of_the_speech_was_not_understood_there_are_no_numbers():
    question = lines_of_talk("A: Why?")[0]
    clear = _heard(2, "word " * 60, 30)

    lines = [question, clear, question, _heard(3, "You", 29)]
    assert coverage_of(lines).gap is None
    assert coverage_of([*lines, _heard(4, "Thank you", 30)]).gap == "unclear"


def _sure(confidence: float | None, *turns: str, typed: tuple[str, ...] = ()) -> list[Line]:
    lines = lines_of_talk(*turns, typed=typed)
    return [
        line.model_copy(update={"confidence": confidence if line.speaker == "candidate" else None}) for line in lines
    ]


def test_words_the_recogniser_was_unsure_of_give_no_numbers():
    talk = ("A: Why?", LONG, "A: And then?", LONG)

    unsure, sure = coverage_of(_sure(0.4, *talk)), coverage_of(_sure(0.9, *talk))

    assert (unsure.gap, unsure.certainty) == ("doubtful", 0.4)
    assert (sure.gap, sure.certainty) == (None, 0.9)
    assert (coverage_of(_sure(None, *talk)).gap, coverage_of(_sure(None, *talk)).certainty) == (None, None)


def test_a_long_clear_answer_outweighs_a_short_one_that_was_misheard():
    clear, short = _sure(0.9, LONG)[0], _sure(0.1, "C: Java and local.")[0]

    assert certainty_of([clear, short]) == pytest.approx((0.9 * 48 + 0.1 * 3) / 51)
    assert certainty_of([clear, *lines_of_talk("A: Why not?", LONG)]) == pytest.approx(0.9)
    assert certainty_of([]) is None


def test_what_was_corrected_or_typed_is_certain():
    heard = _sure(0.2, "A: Why?", LONG, "A: And then?", LONG)
    fixed = [line.model_copy(update={"original_text": line.text}) for line in heard]

    assert coverage_of(heard).gap == "doubtful"
    assert coverage_of(fixed).gap is None
    assert coverage_of(_sure(0.2, "A: Why?", LONG, "A: And then?", LONG, typed=(LONG,))).gap is None


def test_of_little_that_was_said_it_is_told_that_it_was_little():
    assert coverage_of(_sure(0.2, "A: Why?", "C: Because.", "A: And then?", "C: It worked.")).gap == "little"

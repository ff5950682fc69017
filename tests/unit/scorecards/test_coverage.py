"""Whether there is enough to give numbers at all."""

from peak_app.domain.insights.lines import Line
from peak_app.domain.scorecards.coverage import coverage_of, is_unclear
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

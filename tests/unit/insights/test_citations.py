import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.insights.citations import (
    QUOTE_MIN_WORDS,
    check_answer,
    check_summary,
    check_unfinished,
    is_quote_of,
)
from peak_app.domain.insights.lines import Line
from peak_app.ports.language import Citation, CitedText, Claim, MeetingAnswer, MeetingSummary, QuestionNote

LINES = [
    Line(id="L1", speaker="agent", start_ms=0, end_ms=1_000, text="What did you build?"),
    Line(
        id="L2",
        speaker="candidate",
        start_ms=1_500,
        end_ms=9_000,
        text="I didn\u2019t sleep, but we “shipped” it in May.",
    ),
]


def summary(*overview: CitedText, questions: list[QuestionNote] | None = None) -> MeetingSummary:
    return MeetingSummary(overview=list(overview), questions=questions or [], strengths=[], next_steps=[])


@pytest.mark.parametrize(
    "quote",
    [
        "I didn't sleep",
        'WE "SHIPPED"  IT',
        "i DIDN\u2019T\nsleep, but",
        "I didn\u2019t sleep, but we “shipped” it in May.",
    ],
)
def test_a_quote_may_differ_in_marks_case_and_space(quote: str):
    assert is_quote_of(quote, LINES[1])


@pytest.mark.parametrize("quote", ["I did not sleep", "we shipped it", "it in June", "", "   ", "sleep but we"])
def test_a_quote_may_not_differ_in_anything_else(quote: str):
    assert not is_quote_of(quote, LINES[1])


def test_half_a_word_is_not_what_was_said():
    line = Line(id="L1", speaker="candidate", start_ms=0, end_ms=1, text="I was unable to lead 140 people. I was able.")

    assert not is_quote_of("able to lead", line)
    assert not is_quote_of("lead 14", line)
    assert not is_quote_of("40 people", line)
    assert is_quote_of("lead 140 people", line)
    assert is_quote_of("was able.", line), "also where the same letters stood inside a word before"


def test_where_no_spaces_are_written_any_place_may_begin_a_word():
    line = Line(id="L1", speaker="candidate", start_ms=0, end_ms=1, text="我负责数据库的部分。")

    assert is_quote_of("负责数据库", line)
    assert not is_quote_of("负责的数据库", line)


def test_a_sentence_without_a_line_that_exists_is_dropped():
    given_summary = summary(
        CitedText(text="You built something.", line_ids=["L2"]),
        CitedText(text="You were brilliant.", line_ids=[]),
        CitedText(text="You know Rust.", line_ids=["L9"]),
    )

    checked = check_summary(given_summary, LINES)

    assert [cited.text for cited in checked.value.overview] == ["You built something."]
    assert checked.dropped == 2


def test_an_unknown_line_id_goes_and_the_sentence_stays_on_the_others():
    checked = check_summary(summary(CitedText(text="You shipped.", line_ids=["L2", "L7", "L2"])), LINES)

    assert checked.value.overview == [CitedText(text="You shipped.", line_ids=["L2"])]
    assert checked.dropped == 1


def test_a_sentence_that_quotes_what_nobody_said_is_dropped():
    checked = check_summary(
        summary(
            CitedText(text="You said “I didn't sleep, but we 'shipped' it quickly”.", line_ids=["L2"]),
            CitedText(text="You said: “I didn't sleep.”", line_ids=["L2"]),
            CitedText(text="You were asked “What did you build?”", line_ids=["L2"]),
        ),
        LINES,
    )

    assert [cited.text for cited in checked.value.overview] == ["You said: “I didn't sleep.”"]
    assert checked.dropped == 2


def test_a_note_needs_words_and_a_line():
    notes = [
        QuestionNote(
            question="What did you build?",
            note="You shipped in May.",
            line_ids=["L1", "L2"],
            first_line_id="L1",
            last_line_id="L2",
        ),
        QuestionNote(question="What did you build?", note=" ", line_ids=["L2"]),
        QuestionNote(question="Who are you?", note="Someone.", line_ids=["nope"]),
    ]

    checked = check_summary(summary(questions=notes), LINES)

    assert checked.value.questions == notes[:1]
    assert checked.dropped == 2


@pytest.mark.parametrize(("first", "last"), [("", ""), ("L1", ""), ("L9", "L2"), ("L2", "L1"), ("nope", "L1")])
def test_a_note_that_names_no_stretch_goes_over_the_lines_it_rests_on(first: str, last: str):
    note = QuestionNote(
        question="What?", note="You shipped.", line_ids=["L2", "L1"], first_line_id=first, last_line_id=last
    )

    (kept,) = check_summary(summary(questions=[note]), LINES).value.questions

    assert (kept.first_line_id, kept.last_line_id) == ("L1", "L2")


def test_a_note_goes_from_its_question_to_the_end_of_its_answer():
    note = QuestionNote(question="What?", note="You shipped.", line_ids=["L1"], first_line_id="L1", last_line_id="L2")

    (kept,) = check_summary(summary(questions=[note]), LINES).value.questions

    assert (kept.line_ids, kept.first_line_id, kept.last_line_id) == (["L1"], "L1", "L2")


def test_three_strengths_and_three_next_steps_are_enough():
    points = [CitedText(text=f"Point {number}.", line_ids=["L2"]) for number in range(5)]
    given_summary = MeetingSummary(overview=[], questions=[], strengths=points, next_steps=points[1:])

    checked = check_summary(given_summary, LINES)

    assert (checked.value.strengths, checked.value.next_steps) == (points[:3], points[1:4])
    assert checked.dropped == 0


def answer(*claims: Claim, found: bool = True) -> MeetingAnswer:
    return MeetingAnswer(found=found, claims=list(claims))


def claim(text: str, *quotes: tuple[str, str]) -> Claim:
    return Claim(citations=[Citation(line_id=line_id, quote=quote) for line_id, quote in quotes], text=text)


def test_a_claim_keeps_its_true_quotes():
    checked = check_answer(answer(claim(" In May. ", ("L2", "it in May"), ("L1", "it in May"))), LINES)

    assert checked.value == answer(claim("In May.", ("L2", "it in May")))
    assert checked.dropped == 1


@pytest.mark.parametrize(
    "false",
    [
        claim("In June."),
        claim("In June.", ("L2", "in June")),
        claim("In May.", ("L8", "it in May")),
        claim("  ", ("L2", "it in May")),
        claim("You said “I never make any mistakes”.", ("L2", "it in May")),
        claim("You hate your employer.", ("L2", "May")),
        claim("You hate your employer.", ("L2", "in May")),
        claim("You shipped 12 of them in May.", ("L2", "it in May")),
        claim("You shipped it in May: see https://evil.example/pay.", ("L2", "it in May")),
        claim("You shipped it in May: write to a@evil.example.", ("L2", "it in May")),
    ],
)
def test_a_claim_that_rests_on_nothing_goes_and_the_others_stay(false: Claim):
    true = claim("In May.", ("L2", "it in May"))

    assert check_answer(answer(false, true), LINES).value == answer(true)
    assert check_answer(answer(false), LINES).value == answer(found=False)


def test_an_answer_that_says_it_found_nothing_carries_no_claims():
    assert check_answer(answer(claim("In May.", ("L2", "it in May")), found=False), LINES).value.claims == []


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("You shipped i", "You shipped i"),
        ("You said: “I nev", "You said:"),
        ("You said: “I didn't sleep”, and “I nev", "You said: “I didn't sleep”, and"),
        ("You said: “I didn't sleep, but", "You said:"),
        ("You shipped in 20", "You shipped in"),
        ("You shipped in 2019, and", ""),
    ],
)
def test_a_quotation_is_shown_when_it_is_closed_and_true(written: str, shown: str):
    assert check_unfinished(answer(claim(written, ("L2", "I didn't sleep"))), LINES).text == shown


def test_a_claim_whose_quote_is_false_is_never_shown():
    true, false = claim("In May.", ("L2", "it in May")), claim("In Ju", ("L2", "in June"))

    assert check_unfinished(answer(true, false), LINES) == answer(true)


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=40)), max_size=8))
def test_whatever_is_cited_only_what_stands_in_a_line_gets_through(pairs: list[tuple[str, str]]):
    checked = check_answer(answer(claim("x", *pairs)), LINES)

    by_id = {line.id: line for line in LINES}
    assert all(is_quote_of(citation.quote, by_id[citation.line_id]) for citation in checked.value.citations)
    kept = [
        pair
        for pair in pairs
        if pair[0] in by_id and is_quote_of(pair[1], by_id[pair[0]]) and len(pair[1].split()) >= QUOTE_MIN_WORDS
    ]
    assert len(checked.value.citations) == len(kept)


def test_a_line_of_one_word_is_quoted_by_it():
    lines = [Line(id="L1", speaker="candidate", start_ms=0, end_ms=1, text="Mars.")]

    assert check_answer(answer(claim("You said Mars.", ("L1", "Mars"))), lines).value.found

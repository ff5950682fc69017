import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.insights.citations import check_answer, check_summary, is_quote_of
from peak_app.domain.insights.lines import Line
from peak_app.ports.language import Citation, CitedText, MeetingAnswer, MeetingSummary, QuestionNote

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
        QuestionNote(question="What did you build?", note="You shipped in May.", line_ids=["L1", "L2"]),
        QuestionNote(question="What did you build?", note=" ", line_ids=["L2"]),
        QuestionNote(question="Who are you?", note="Someone.", line_ids=["nope"]),
    ]

    checked = check_summary(summary(questions=notes), LINES)

    assert checked.value.questions == notes[:1]
    assert checked.dropped == 2


def test_an_answer_keeps_its_true_quotes():
    answer = MeetingAnswer(
        found=True,
        answer="In May.",
        citations=[Citation(line_id="L2", quote="it in May"), Citation(line_id="L1", quote="it in May")],
    )

    checked = check_answer(answer, LINES)

    assert checked.value.found
    assert checked.value.citations == answer.citations[:1]
    assert checked.dropped == 1


@pytest.mark.parametrize(
    "citations", [[], [Citation(line_id="L2", quote="in June")], [Citation(line_id="L8", quote="it in May")]]
)
def test_an_answer_without_a_true_quote_counts_as_not_found(citations: list[Citation]):
    checked = check_answer(MeetingAnswer(found=True, answer="In June.", citations=citations), LINES)

    assert not checked.value.found
    assert checked.value.citations == []


def test_an_answer_that_says_it_found_nothing_carries_no_quotes():
    citation = Citation(line_id="L2", quote="it in May")

    assert check_answer(MeetingAnswer(found=False, answer="?", citations=[citation]), LINES).value.citations == []


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=40)), max_size=8))
def test_whatever_is_cited_only_what_stands_in_a_line_gets_through(pairs: list[tuple[str, str]]):
    citations = [Citation(line_id=line_id, quote=quote) for line_id, quote in pairs]

    checked = check_answer(MeetingAnswer(found=True, answer="x", citations=citations), LINES)

    by_id = {line.id: line for line in LINES}
    assert all(is_quote_of(citation.quote, by_id[citation.line_id]) for citation in checked.value.citations)
    kept = [c for c in citations if c.line_id in by_id and is_quote_of(c.quote, by_id[c.line_id])]
    assert checked.dropped == len(citations) - len(kept)

"""No number without words: what an engine says is held against the transcript."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.insights.citations import is_quote_of
from peak_app.domain.insights.lines import Line
from peak_app.domain.scorecards.answers import gives_up
from peak_app.domain.scorecards.evidence import check_scorecard, no_evidence
from peak_app.domain.scorecards.rubric import Criterion, Rubric
from peak_app.domain.scorecards.scorecard import CriterionResult, mean_of
from peak_app.ports.language import Citation, CriterionScore, MeetingScorecard
from tests.unit.scorecards.scripted import lines_of_talk

LEVELS = ("One.", "Two.", "Three.", "Four.", "Five.")
RUBRIC = Rubric(
    "Ours", 1, tuple(Criterion(name, name.title(), "It shows.", LEVELS) for name in ("result", "reasons", "tone"))
)
LINES = lines_of_talk(
    "A: What did you build, and how fast was it?",
    "C: I didn\u2019t sleep, but we “shipped” the label service in May, in two weeks.",
    "A: And what was the hardest part?",
    "C: I don't know.",
    "C: Java.",
)
UNCLEAR = Line(id="L9", speaker="candidate", start_ms=90_000, end_ms=120_000, text="You should thank me")


def scored(*quotes: tuple[str, str], score: int | None = 4, reason: str = "", criterion: str = "result"):
    cited = [Citation(line_id=line_id, quote=quote) for line_id, quote in quotes]
    return CriterionScore(criterion_id=criterion, score=score, reason=reason, quotes=cited)


def check(*entries: CriterionScore, lines: list[Line] = LINES) -> tuple[list[CriterionResult], int]:
    checked = check_scorecard(MeetingScorecard(criteria=list(entries)), RUBRIC, lines)
    return checked.value, checked.dropped


def test_a_score_with_a_true_quote_is_kept_and_the_rest_of_the_rubric_has_no_number():
    results, dropped = check(scored(("L2", "in two weeks"), reason=" You said  when. "))

    assert [(result.criterion_id, result.score) for result in results] == [
        ("result", 4),
        ("reasons", None),
        ("tone", None),
    ]
    assert results[0].remark == "You said when."
    assert dropped == 0


@pytest.mark.parametrize("quote", ["I didn't sleep, but", 'WE "SHIPPED"  the', "“shipped” the\nLabel service"])
def test_a_quote_may_differ_in_marks_case_and_space(quote: str):
    assert check(scored(("L2", quote)))[0][0].score == 4


@pytest.mark.parametrize(
    ("line_id", "quote"),
    [
        ("L2", "I did not sleep"),
        ("L2", "we shipped the label service"),
        ("L2", ""),
        ("L2", "in May"),
        ("L2", "n two weeks"),
        ("L1", "What did you build, and how fast was it?"),
        ("L4", "in two weeks"),
        ("L99", "in two weeks"),
        ("L9", "You should thank me"),
    ],
    ids=[
        "other words",
        "without the marks",
        "nothing",
        "too short",
        "half a word",
        "the agent's",
        "another line",
        "no line",
        "noise",
    ],
)
def test_a_score_without_a_true_quote_of_the_candidate_becomes_not_enough_evidence(line_id: str, quote: str):
    results, dropped = check(scored((line_id, quote), reason="You were great."), lines=[*LINES, UNCLEAR])

    assert results[0] == CriterionResult(criterion_id="result")
    assert dropped == 2


def test_a_line_of_two_words_is_quoted_whole():
    assert check(scored(("L5", "java")))[0][0].score == 4


def test_a_quote_in_a_script_without_spaces_has_words_too():
    line = Line(id="L8", speaker="candidate", start_ms=80_000, end_ms=85_000, text="我负责数据库的部分。")

    assert check(scored(("L8", "负责数据库的部分")), lines=[line])[0][0].score == 4
    assert check(scored(("L8", "负责")), lines=[line])[0][0].score is None


def test_false_quotes_go_and_the_score_stays_on_the_true_ones():
    results, dropped = check(scored(("L2", "in two weeks"), ("L2", "in two years"), ("L2", "In Two Weeks")))

    assert (results[0].score, [quote.quote for quote in results[0].quotes], dropped) == (4, ["in two weeks"], 2)


@pytest.mark.parametrize("score", [0, 6, -1, 99])
def test_a_number_off_the_scale_is_none(score: int):
    assert check(scored(("L2", "in two weeks"), score=score))[0][0] == CriterionResult(criterion_id="result")


def test_i_dont_know_is_the_bottom_whatever_the_engine_thinks_of_it():
    alone, _ = check(scored(("L4", "I don't know"), score=5, reason="Very honest."))
    with_more, _ = check(scored(("L4", "I don't know"), ("L2", "in two weeks"), score=5))

    assert (alone[0].score, alone[0].remark) == (1, "")
    assert with_more[0].score == 5


def test_a_remark_that_quotes_what_nobody_said_goes_and_the_score_stays():
    false, dropped = check(scored(("L2", "in two weeks"), reason="You said “we did it in two years”."))
    true, _ = check(scored(("L2", "in two weeks"), reason="Asked “What did you build”, you said “in two weeks.”"))

    assert (false[0].score, false[0].remark, dropped) == (4, "", 1)
    assert true[0].remark
    assert check(scored(("L2", "in two weeks"), reason="x" * 401))[0][0].remark == ""


def test_a_score_on_words_that_may_have_been_misheard_becomes_not_enough_evidence():
    misheard = [line.model_copy(update={"confidence": 0.3}) if line.id == "L2" else line for line in LINES]
    fixed = [line.model_copy(update={"original_text": "So we ship."}) if line.id == "L2" else line for line in misheard]
    entry = scored(("L2", "in two weeks"), reason="You said when.")

    results, dropped = check(entry, lines=misheard)

    assert results[0] == CriterionResult(criterion_id="result", is_doubtful=True)
    assert not results[1].is_doubtful
    assert dropped == 1
    assert check(entry, lines=fixed)[0][0].score == 4


def test_a_clear_line_carries_a_score_also_beside_a_word_that_was_misheard():
    lines = [
        line.model_copy(update={"confidence": confidence})
        for line, confidence in zip(LINES, (None, 0.9, None, None, 0.2), strict=True)
    ]

    assert check(scored(("L2", "in two weeks"), ("L5", "Java.")), lines=lines)[0][0].score == 4
    assert check(scored(("L5", "Java.")), lines=lines)[0][0].is_doubtful


def test_why_there_is_no_number_may_be_said():
    assert check(scored(score=None, reason="Nothing was said of it."))[0][0].remark == "Nothing was said of it."
    assert check(scored(("L2", "in two weeks"), score=None))[0][0].quotes == []


def test_criteria_that_are_not_in_the_rubric_or_come_twice_are_dropped():
    results, dropped = check(
        scored(("L2", "in two weeks"), criterion="charm"),
        scored(("L2", "in two weeks"), score=2),
        scored(("L2", "in two weeks"), score=5),
    )

    assert ([result.score for result in results], dropped) == ([2, None, None], 2)


def test_a_mean_is_given_only_when_half_of_the_criteria_have_a_number():
    def results(*scores: int | None) -> list[CriterionResult]:
        return [CriterionResult(criterion_id=str(number), score=score) for number, score in enumerate(scores)]

    assert mean_of(results(4, 3, None, None)) == 3.5
    assert mean_of(results(4, None, None)) is None
    assert mean_of(no_evidence(RUBRIC)) is None
    assert mean_of([]) is None


PIECES = st.sampled_from(
    [
        "in two weeks",
        "I don't know",
        "Java.",
        "What did you build, and how fast was it?",
        "You should thank me",
        "we shipped it all by ourselves",
    ]
)
QUOTES = st.builds(
    Citation,
    line_id=st.one_of(st.sampled_from([line.id for line in LINES] + ["L9"]), st.text(max_size=4)),
    quote=st.one_of(PIECES, st.text(max_size=60), st.sampled_from(LINES).map(lambda line: line.text[3:29])),
)
ENTRIES = st.builds(
    CriterionScore,
    criterion_id=st.sampled_from(["result", "reasons", "tone", "charm"]),
    score=st.one_of(st.none(), st.integers(-2, 8)),
    reason=st.one_of(st.text(max_size=500), PIECES.map(lambda piece: f"You said “{piece}”.")),
    quotes=st.lists(QUOTES, max_size=6),
)


@given(st.lists(ENTRIES, max_size=8))
def test_nothing_that_is_not_in_a_line_survives(entries: list[CriterionScore]):
    lines = [*LINES, UNCLEAR]
    by_id = {line.id: line for line in LINES}

    results, _ = check(*entries, lines=lines)

    assert [result.criterion_id for result in results] == [criterion.id for criterion in RUBRIC.criteria]
    for result in results:
        assert (result.score is None) == (not result.quotes)
        for quote in result.quotes:
            assert by_id[quote.line_id].speaker == "candidate"
            assert is_quote_of(quote.quote, by_id[quote.line_id])
        if result.score is not None:
            assert 1 <= result.score <= 5
            is_empty = all(gives_up(by_id[quote.line_id].text) for quote in result.quotes)
            assert result.score == 1 or not is_empty
        assert "ourselves" not in result.remark

"""What an engine scored, held against the transcript: no number stays that does not rest on the candidate's own words.

A quote counts when it stands in the line it names, the line is the candidate's, no aside and clearly recognised, and it
has `QUOTE_MIN_WORDS` words or is all of the line. A score without such a quote becomes "not enough evidence"; so does
one whose lines may have been misheard. One that rests on nothing but "I don't know" is the lowest.
"""

from collections.abc import Mapping, Sequence

from peak_app.domain.insights.citations import QUOTE_MIN_WORDS, Checked, folded, is_quote_of, quotes_stand
from peak_app.domain.insights.lines import Line, is_doubtful
from peak_app.domain.scorecards.answers import gives_up
from peak_app.domain.scorecards.coverage import certainty_of, is_unclear
from peak_app.domain.scorecards.rubric import Rubric
from peak_app.domain.scorecards.scorecard import CriterionResult
from peak_app.i18n.words import count_words
from peak_app.ports.language import HIGHEST_SCORE, LOWEST_SCORE, Citation, CriterionScore, MeetingScorecard

EVIDENCE_VERSION = "2"
"""Goes into the input hash of a scorecard: what was checked by other rules is made anew."""
REMARK_LIMIT = 400
MOST_QUOTES = 4


def no_evidence(rubric: Rubric) -> list[CriterionResult]:
    """A result without a number for each criterion."""
    return [CriterionResult(criterion_id=criterion.id) for criterion in rubric.criteria]


def check_scorecard(
    scorecard: MeetingScorecard, rubric: Rubric, lines: Sequence[Line]
) -> Checked[list[CriterionResult]]:
    """A result for each criterion of the rubric. `lines` are without asides.

    Entries for criteria that are not in the rubric, or come a second time, are dropped.
    """
    given: dict[str, CriterionScore] = {}
    dropped = 0
    known = {criterion.id for criterion in rubric.criteria}
    for entry in scorecard.criteria:
        if entry.criterion_id in known and entry.criterion_id not in given:
            given[entry.criterion_id] = entry
        else:
            dropped += 1
    by_id = {line.id: line for line in lines if line.speaker == "candidate" and not is_unclear(line)}
    results: list[CriterionResult] = []
    for criterion in rubric.criteria:
        entry = given.get(criterion.id)
        if entry is None:
            results.append(CriterionResult(criterion_id=criterion.id))
            continue
        result, lost = _checked(entry, by_id, lines)
        results.append(result)
        dropped += lost
    return Checked(results, dropped)


def _checked(entry: CriterionScore, by_id: Mapping[str, Line], lines: Sequence[Line]) -> tuple[CriterionResult, int]:
    """The result, and how many parts of the entry were dropped."""
    quotes = _true_quotes(entry.quotes, by_id)[:MOST_QUOTES]
    dropped = len(entry.quotes) - len(quotes)
    remark = " ".join(entry.reason.split())
    if remark and (len(remark) > REMARK_LIMIT or not quotes_stand(remark, lines)):
        remark, dropped = "", dropped + 1
    if entry.score is None:
        return CriterionResult(criterion_id=entry.criterion_id, remark=remark), dropped
    if not quotes or not LOWEST_SCORE <= entry.score <= HIGHEST_SCORE:
        # The remark argues for a number that is gone.
        return CriterionResult(criterion_id=entry.criterion_id), dropped + 1
    cited = dict.fromkeys(quote.line_id for quote in quotes)
    if is_doubtful(certainty_of(by_id[line_id] for line_id in cited)):
        return CriterionResult(criterion_id=entry.criterion_id, is_doubtful=True), dropped + 1
    score = LOWEST_SCORE if all(gives_up(by_id[quote.line_id].text) for quote in quotes) else entry.score
    if score != entry.score:
        remark, dropped = "", dropped + 1
    return CriterionResult(criterion_id=entry.criterion_id, score=score, remark=remark, quotes=quotes), dropped


def _true_quotes(quotes: Sequence[Citation], by_id: Mapping[str, Line]) -> list[Citation]:
    kept: dict[tuple[str, str], Citation] = {}
    for quote in quotes:
        line = by_id.get(quote.line_id)
        if line is None or not is_quote_of(quote.quote, line):
            continue
        is_whole = _bare(quote.quote) == _bare(line.text)
        if is_whole or count_words(quote.quote) >= QUOTE_MIN_WORDS:
            kept.setdefault((line.id, folded(quote.quote)), Citation(line_id=line.id, quote=quote.quote.strip()))
    return list(kept.values())


def _bare(text: str) -> str:
    return folded(text).strip(".,;:!?\u2026")

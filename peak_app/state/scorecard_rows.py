"""A scorecard as a meeting's page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from peak_app.config import EMBEDDED_MODEL
from peak_app.domain.scorecards.scorecard import CriterionResult, mean_of, scores_of
from peak_app.domain.scorecards.service import ScorecardView
from peak_app.domain.scorecards.star import PARTS
from peak_app.domain.scorecards.stories import Story
from peak_app.i18n.catalogue import t
from peak_app.ports.language import HIGHEST_SCORE, LOWEST_SCORE
from peak_app.state.formatting import moment_text
from peak_app.state.insight_rows import LineRow


@dataclass
class EvidenceRow:
    """The candidate's own words, and where they are."""

    line_id: str
    quote: str
    at: str


@dataclass
class CriterionResultRow:
    """What a criterion got; `score` is 0 when there is not enough evidence, and `level` is empty then."""

    criterion_id: str
    name: str
    looks_for: str
    score: int
    score_text: str
    level: str
    remark: str
    quotes: list[EvidenceRow] = field(default_factory=list)


@dataclass
class PieceRow:
    """Words of an answer; `part` is the part of the story they belong to, or empty. `label` names it."""

    text: str
    part: str = ""
    label: str = ""


@dataclass
class ShareRow:
    """A part of a story: its share of the answer's time, as a width and as a text; both empty when it was not found."""

    part: str
    label: str
    width: str
    share: str


@dataclass
class StoryRow:
    """An answer with its parts marked; `missing` asks for the part it lacks, empty when it has all four."""

    question: str
    line_id: str
    at: str
    pieces: list[PieceRow]
    shares: list[ShareRow]
    missing: str


@dataclass
class ChangeRow:
    """A criterion in two scorecards; `direction` is up, down, same, or empty when one of them has no number."""

    name: str
    before: str
    now: str
    direction: str


def criterion_result_rows(scorecard: ScorecardView, places: Mapping[str, LineRow]) -> list[CriterionResultRow]:
    """In the order of the rubric."""
    results = {result.criterion_id: result for result in scorecard.content.results}
    rows: list[CriterionResultRow] = []
    for criterion in scorecard.rubric.criteria:
        result = results.get(criterion.id) or CriterionResult(criterion_id=criterion.id)
        score = result.score or 0
        rows.append(
            CriterionResultRow(
                criterion_id=criterion.id,
                name=criterion.name,
                looks_for=criterion.looks_for,
                score=score,
                score_text=score_text(result.score),
                level=criterion.levels[score - LOWEST_SCORE] if score else "",
                remark=t("scorecard.doubtful") if result.is_doubtful else result.remark,
                quotes=[
                    EvidenceRow(quote.line_id, quote.quote, places[quote.line_id].at)
                    for quote in result.quotes
                    if quote.line_id in places
                ],
            )
        )
    return rows


def score_text(score: int | None) -> str:
    return t("scorecard.no_evidence") if score is None else t("scorecard.of", score=score, highest=HIGHEST_SCORE)


def mean_texts(scorecard: ScorecardView) -> tuple[str, str]:
    """The mean, empty when there is none, and a sentence on what it covers or why there is none."""
    results, gap = scorecard.content.results, scorecard.content.coverage.gap
    if gap is not None:
        return "", t(f"scorecard.gap_{gap}")
    counts = {"scored": len(scores_of(results)), "all": len(results)}
    mean = mean_of(results)
    if mean is None:
        return "", t("scorecard.no_mean", **counts)
    return f"{mean:.1f}", t("scorecard.mean_text", **counts)


def engine_line(scorecard: ScorecardView) -> str:
    """Who gave the numbers; empty when nobody was asked."""
    if not scorecard.engine:
        return ""
    if scorecard.engine == EMBEDDED_MODEL:
        return t("scorecard.by_rules")
    return t("scorecard.by_model", engine=scorecard.engine)


def version_line(scorecard: ScorecardView, zone: tzinfo, now: datetime) -> str:
    """Rubric, prompts and time, with their versions."""
    return t(
        "scorecard.versions",
        rubric=scorecard.rubric.name,
        version=scorecard.rubric.version,
        prompt=scorecard.prompt_version,
        when=moment_text(scorecard.created_at, zone, now),
    )


def story_rows(stories: Sequence[Story], places: Mapping[str, LineRow]) -> list[StoryRow]:
    """Stories whose lines are on the page."""
    return [
        StoryRow(
            question=places[story.question_line_id].text,
            line_id=story.line_ids[0],
            at=places[story.line_ids[0]].at,
            pieces=_pieces(story, places),
            shares=[_share(story, part) for part in PARTS],
            missing=t(f"scorecard.ask_{story.missing}") if story.missing else "",
        )
        for story in stories
        if {story.question_line_id, *story.line_ids} <= places.keys()
    ]


def _pieces(story: Story, places: Mapping[str, LineRow]) -> list[PieceRow]:
    """The lines as they are now; parts of words that were corrected since are not marked."""
    pieces: list[PieceRow] = []
    for line_id in story.line_ids:
        text, at = places[line_id].text, 0
        for span in story.spans:
            if span.line_id != line_id or text[span.start : span.end] != span.quote:
                continue
            pieces += [
                PieceRow(text[at : span.start]),
                PieceRow(text[span.start : span.end], span.part, t(f"scorecard.{span.part}")),
            ]
            at = span.end
        pieces.append(PieceRow(text[at:] + " "))
    return [piece for piece in pieces if piece.text]


def _share(story: Story, part: str) -> ShareRow:
    share = {str(name): value for name, value in story.shares.items()}.get(part)
    label = t(f"scorecard.{part}")
    if share is None:
        return ShareRow(part, label, "", "")
    return ShareRow(part, label, f"{100 * share:.1f}%", t("scorecard.share", percent=round(100 * share)))


def change_rows(now: ScorecardView, before: ScorecardView) -> list[ChangeRow]:
    """Every criterion of either, those of the newer first; a dash where one of them does not have it."""
    new = {result.criterion_id: result.score for result in now.content.results}
    old = {result.criterion_id: result.score for result in before.content.results}
    names = {criterion.id: criterion.name for view in (before, now) for criterion in view.rubric.criteria}
    none = t("numbers.none")
    return [
        ChangeRow(
            name=names[criterion_id],
            before=score_text(old[criterion_id]) if criterion_id in old else none,
            now=score_text(new[criterion_id]) if criterion_id in new else none,
            direction=_direction(old.get(criterion_id), new.get(criterion_id)),
        )
        for criterion_id in dict.fromkeys([*new, *old])
        if criterion_id in names
    ]


def _direction(before: int | None, now: int | None) -> str:
    if before is None or now is None:
        return ""
    return "same" if before == now else "up" if now > before else "down"

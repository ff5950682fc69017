"""Two attempts side by side, in words; a difference only where both numbers mean the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

from peak_app.domain.progress.attempts import Attempt
from peak_app.domain.progress.service import Choice, Comparison
from peak_app.domain.scorecards.rubric import Rubric
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import length_text, moment_text
from peak_app.state.measure_words import (
    MEASURES,
    MINUS,
    direction,
    measure_change,
    measure_shown,
    measure_text,
    score_change,
    score_number,
)
from peak_app.state.trend_rows import engine_words


@dataclass
class ChoiceOption:
    """A meeting to choose."""

    meeting_id: str
    text: str


@dataclass
class AttemptHead:
    """One of the two."""

    title: str = ""
    agent_name: str = ""
    when: str = ""
    lasted: str = ""
    scored_by: str = ""
    path: str = ""
    is_demo: bool = False


@dataclass
class PairRow:
    """A number of both. `way` is up, down, same, or empty when they can't be subtracted."""

    key: str
    name: str
    first: str
    second: str
    change: str = ""
    way: str = ""


def choice_options(choices: Sequence[Choice], zone: tzinfo, now: datetime) -> list[ChoiceOption]:
    return [
        ChoiceOption(
            str(choice.meeting_id), t("compare.option", title=choice.title, day=moment_text(choice.held_at, zone, now))
        )
        for choice in choices
    ]


def head_of(attempt: Attempt, rubric: Rubric | None, zone: tzinfo, now: datetime) -> AttemptHead:
    return AttemptHead(
        title=attempt.title,
        agent_name=attempt.agent_name,
        when=moment_text(attempt.held_at, zone, now),
        lasted=length_text(attempt.connected_ms),
        scored_by=_scored_by(attempt, rubric),
        path=f"/meetings/{attempt.meeting_id}",
        is_demo=attempt.is_demo,
    )


def score_rows(comparison: Comparison) -> list[PairRow]:
    """The means and every criterion of either, those of the second first. Empty when neither has a scorecard."""
    cards = comparison.first.card, comparison.second.card
    if cards == (None, None):
        return []
    change = score_change if comparison.is_same_scale else None
    means = [card.mean() if card else None for card in cards]
    shown = [None if mean is None else round(mean, 1) for mean in means]
    rows = [_pair("mean", t("progress.mean"), shown, [score_number(mean) for mean in means], change)]
    rubrics = [comparison.rubrics.get(card.rubric_key) if card else None for card in cards]
    known = dict.fromkeys(key for rubric in reversed(rubrics) for key in _criteria(rubric))
    for criterion_id, name in known:
        # An id alone says little: rubrics people write themselves all begin with the same ones.
        is_asked = [(criterion_id, name) in _criteria(rubric) for rubric in rubrics]
        scores = [
            attempt.score(criterion_id) if asked else None
            for attempt, asked in zip((comparison.first, comparison.second), is_asked, strict=True)
        ]
        texts = [_score_text(score, asked) for score, asked in zip(scores, is_asked, strict=True)]
        rows.append(_pair(criterion_id, name, scores, texts, change))
    return rows


def delivery_rows(comparison: Comparison) -> list[PairRow]:
    """Only what at least one of them has."""
    rows: list[PairRow] = []
    for measure in MEASURES:
        numbers = [comparison.first.number(measure), comparison.second.number(measure)]
        if numbers != [None, None]:
            texts = [measure_text(measure, number) for number in numbers]
            change = partial(measure_change, measure) if comparison.is_same_basis else None
            shown = [measure_shown(measure, number) for number in numbers]
            rows.append(_pair(measure, t(f"measure.{measure}"), shown, texts, change))
    return rows


def length_row(comparison: Comparison) -> PairRow:
    lengths = [comparison.first.connected_ms, comparison.second.connected_ms]
    return _pair("length", t("numbers.duration"), lengths, [length_text(length) for length in lengths], _length_change)


def _length_change(ms: float) -> tuple[str, str]:
    way = direction(ms / 1000, 0)
    if way == "same":
        return t("compare.change", change="0", words=t("compare.same_as")), way
    text = length_text(abs(ms))
    sign = "+" if ms > 0 else MINUS
    return t("compare.change", change=f"{sign}{text}", words=t(f"compare.length_{way}")), way


def _criteria(rubric: Rubric | None) -> list[tuple[str, str]]:
    return [(criterion.id, criterion.name) for criterion in rubric.criteria] if rubric else []


def _score_text(score: int | None, is_asked: bool) -> str:
    if score is None and is_asked:
        return t("scorecard.no_evidence")
    return score_number(score)


def _scored_by(attempt: Attempt, rubric: Rubric | None) -> str:
    if attempt.card is None or rubric is None:
        return t("compare.unscored")
    name = t("progress.rubric", rubric=rubric.name, version=rubric.version)
    if not attempt.card.engine:
        return t("compare.too_little", rubric=name)
    return t("compare.scored_by", rubric=name, engine=engine_words(attempt.card.engine))


def _pair(
    key: str,
    name: str,
    values: Sequence[float | None],
    texts: Sequence[str],
    change: Callable[[float], tuple[str, str]] | None,
) -> PairRow:
    first, second = values
    row = PairRow(key, name, *texts)
    if change is not None and first is not None and second is not None:
        row.change, row.way = change(second - first)
    return row

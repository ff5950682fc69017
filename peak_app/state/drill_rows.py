"""What to practise next, in words, with what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from peak_app.domain.progress.drills import Suggestion
from peak_app.i18n.catalogue import plural, t
from peak_app.ports.language import HIGHEST_SCORE
from peak_app.state.formatting import day_text
from peak_app.state.measure_words import measure_text, score_number


@dataclass
class EvidenceLink:
    """A meeting behind a suggestion, with its number."""

    title: str
    day: str
    value: str
    path: str


@dataclass
class SuggestionRow:
    key: str
    name: str
    why: str
    evidence: list[EvidenceLink] = field(default_factory=list)


def suggestion_rows(suggestions: Sequence[Suggestion], zone: tzinfo, now: datetime) -> list[SuggestionRow]:
    return [
        SuggestionRow(
            key=suggestion.key,
            name=skill_name(suggestion),
            why=_why(suggestion),
            evidence=[
                EvidenceLink(
                    title=entry.attempt.title,
                    day=day_text(entry.attempt.held_at, zone, now),
                    value=_number(suggestion, entry.value),
                    path=f"/meetings/{entry.attempt.meeting_id}?tab={'delivery' if suggestion.rule else 'scorecard'}",
                )
                for entry in suggestion.evidence
            ],
        )
        for suggestion in suggestions
    ]


def skill_name(suggestion: Suggestion) -> str:
    if suggestion.rule:
        return t(f"drill.{suggestion.rule.id}")
    return suggestion.criterion.name if suggestion.criterion else ""


def advice_text(suggestion: Suggestion) -> str:
    """What to do about it: of a shared criterion or a rule the product's words, else what the rubric looks for."""
    if suggestion.rule:
        return t(f"drill.{suggestion.rule.id}_do")
    if suggestion.criterion is None:
        return ""
    if suggestion.criterion.rule:
        return t(f"drill.{suggestion.criterion.rule}_do")
    return suggestion.criterion.looks_for


def focus_text(suggestion: Suggestion) -> str:
    """What the coach is told: name and advice, so that it can say what the drill is about."""
    return t("drill.focus_of", name=skill_name(suggestion), advice=advice_text(suggestion))


def _why(suggestion: Suggestion) -> str:
    count = len(suggestion.evidence)
    number = _number(suggestion, suggestion.median)
    if suggestion.rule:
        limit = measure_text(suggestion.rule.measure, suggestion.rule.limit)
        return plural(f"drill.why_{suggestion.rule.side}", count, number=number, limit=limit)
    rubric = suggestion.rubric.name if suggestion.rubric else ""
    return plural("drill.why_score", count, number=number, highest=HIGHEST_SCORE, rubric=rubric)


def _number(suggestion: Suggestion, value: float) -> str:
    return measure_text(suggestion.rule.measure, value) if suggestion.rule else score_number(value)

"""The last scorecard at a glance."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from peak_app.domain.progress.attempts import Attempt
from peak_app.domain.progress.service import Progress
from peak_app.i18n.catalogue import t
from peak_app.ports.language import HIGHEST_SCORE
from peak_app.state.formatting import day_text
from peak_app.state.scorecard_rows import score_text


@dataclass
class LastScore:
    """`mean` is empty when there is none, and `text` says why; `path` is empty when nothing was scored yet."""

    title: str = ""
    about: str = ""
    mean: str = ""
    text: str = ""
    path: str = ""


@dataclass
class SkillScore:
    """A criterion; `width` is empty where there is not enough evidence."""

    key: str
    name: str
    text: str
    width: str


def last_score(progress: Progress, zone: tzinfo, now: datetime) -> LastScore:
    attempt = _newest_scored(progress)
    rubric = progress.rubrics.get(attempt.card.rubric_key) if attempt and attempt.card else None
    if attempt is None or attempt.card is None or rubric is None:
        return LastScore()
    mean = attempt.card.mean()
    counts = {"scored": sum(score is not None for score in attempt.card.scores.values()), "all": len(rubric.criteria)}
    key = f"gap_{attempt.card.gap}" if attempt.card.gap else "no_mean" if mean is None else "mean_text"
    return LastScore(
        title=attempt.title,
        about=t("dashboard.scored", day=day_text(attempt.held_at, zone, now), rubric=rubric.name),
        mean="" if mean is None else f"{mean:.1f}",
        text=t(f"scorecard.{key}", **({} if attempt.card.gap else counts)),
        path=f"/meetings/{attempt.meeting_id}?tab=scorecard",
    )


def skill_scores(progress: Progress) -> list[SkillScore]:
    """The criteria of the newest scorecard, in the order of its rubric; none where too little was said for any."""
    attempt = _newest_scored(progress)
    if attempt is None or attempt.card is None or attempt.card.gap:
        return []
    rubric = progress.rubrics.get(attempt.card.rubric_key)
    return [
        SkillScore(
            criterion.id, criterion.name, score_text(score), f"{100 * score / HIGHEST_SCORE:.0f}%" if score else ""
        )
        for criterion in (rubric.criteria if rubric else ())
        for score in [attempt.score(criterion.id)]
    ]


def _newest_scored(progress: Progress) -> Attempt | None:
    return next((attempt for attempt in reversed(progress.attempts) if attempt.card), None)

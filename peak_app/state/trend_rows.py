"""Lines over meetings as a page shows them: one for each criterion of a rubric, or each number of delivery."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import partial

from peak_app.config import EMBEDDED_MODEL
from peak_app.domain.progress.attempts import Attempt, ScoredLine, measured_on, scored_lines
from peak_app.domain.progress.spread import Spread, halves_of, spread_of
from peak_app.domain.scorecards.rubric import Rubric
from peak_app.i18n.catalogue import plural, t
from peak_app.ports.language import HIGHEST_SCORE
from peak_app.state.formatting import day_text
from peak_app.state.measure_words import MEASURES, measure_change, measure_text, score_change, score_number

MEAN = "mean"
_NAMES_SHOWN = 3
_BASES = ("sound", "words")


@dataclass
class TrendRow:
    """A line over the sessions of its group, oldest first.

    `values` has -1 where a session has no number, as have `median`, `low` and `high` where none is given. `top` is the
    end of the scale, 0: by the numbers. `place` is that of its texts among the cells of the group's rows.
    """

    key: str
    name: str
    about: str
    latest: str = ""
    summary: str = ""
    change: str = ""
    label: str = ""
    """The chart in a sentence, for who does not see it."""
    values: list[float] = field(default_factory=list)
    place: int = 0
    median: float = -1
    low: float = -1
    high: float = -1
    top: float = 0


@dataclass
class TableRow:
    """A meeting as a line of the table that says the same as the charts."""

    day: str
    title: str
    path: str
    cells: list[str] = field(default_factory=list)


@dataclass
class TrendGroup:
    """Charts over the same meetings, with their table."""

    key: str
    title: str
    text: str
    trends: list[TrendRow] = field(default_factory=list)
    rows: list[TableRow] = field(default_factory=list)
    """Newest first."""
    without: str = ""
    """Which criteria no session has a number for; empty: there is none such."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """How a number, and a difference of two, are said."""

    say: Callable[[float | None], str]
    say_change: Callable[[float], tuple[str, str]]


_SCORES = _Scale(score_number, score_change)


@dataclass(frozen=True, slots=True)
class _Line:
    """A row, and the numbers it is made of."""

    row: TrendRow
    values: Sequence[float | None]
    scale: _Scale

    @property
    def has_numbers(self) -> bool:
        return any(value is not None for value in self.values)


def score_groups(
    attempts: Sequence[Attempt], rubrics: Mapping[str, Rubric], zone: tzinfo, now: datetime
) -> list[TrendGroup]:
    """One for each rubric and engine, the one used last first: a line never mixes two of them."""
    return [
        _scores(line, rubrics[line.rubric_key], zone, now)
        for line in scored_lines(attempts)
        if line.rubric_key in rubrics
    ]


def delivery_groups(attempts: Sequence[Attempt], zone: tzinfo, now: datetime) -> list[TrendGroup]:
    """One for each basis there are numbers on."""
    groups: list[TrendGroup] = []
    for basis in _BASES:
        held = measured_on(attempts, basis)
        if not held:
            continue
        text = t(f"progress.basis_{basis}", sessions=plural("progress.sessions", len(held)))
        group = TrendGroup(basis, t(f"progress.delivery_{basis}"), text)
        groups.append(_group(group, _measures(held), held, zone, now))
    return groups


def engine_words(engine: str) -> str:
    """Who gave the scores."""
    return t("progress.by_rules") if engine == EMBEDDED_MODEL else t("progress.by_model", engine=engine)


def _scores(line: ScoredLine, rubric: Rubric, zone: tzinfo, now: datetime) -> TrendGroup:
    means = [attempt.card.mean() if attempt.card else None for attempt in line.attempts]
    lines = [_Line(TrendRow(MEAN, t("progress.mean"), t("progress.mean_about"), top=HIGHEST_SCORE), means, _SCORES)]
    lines += [
        _Line(TrendRow(each.id, each.name, each.looks_for, top=HIGHEST_SCORE), line.scores(each.id), _SCORES)
        for each in rubric.criteria
    ]
    names = list(dict.fromkeys(attempt.agent_name for attempt in line.attempts))
    more = t("progress.and_more", count=len(names) - _NAMES_SHOWN) if len(names) > _NAMES_SHOWN else ""
    text = t(
        "progress.rubric_text",
        sessions=plural("progress.sessions", len(line.attempts)),
        agents=", ".join(names[:_NAMES_SHOWN]) + more,
        engine=engine_words(line.engine),
    )
    title = t("progress.rubric", rubric=rubric.name, version=rubric.version)
    group = _group(
        TrendGroup(line.key, title, text), [each for each in lines if each.has_numbers], line.attempts, zone, now
    )
    missing = [each.row.name for each in lines if not each.has_numbers]
    group.without = t("progress.without", names=", ".join(missing)) if missing else ""
    return group


def _measures(held: Sequence[Attempt]) -> list[_Line]:
    """Those of which there is any number."""
    lines = [
        _Line(
            TrendRow(measure, t(f"measure.{measure}"), t(f"measure.{measure}_about")),
            [attempt.number(measure) for attempt in held],
            _Scale(partial(measure_text, measure), partial(measure_change, measure)),
        )
        for measure in MEASURES
    ]
    return [line for line in lines if line.has_numbers]


def _group(
    group: TrendGroup, lines: Sequence[_Line], held: Sequence[Attempt], zone: tzinfo, now: datetime
) -> TrendGroup:
    """The group with its lines, and the table that says the same."""
    group.trends = [_trend(line, place) for place, line in enumerate(lines)]
    group.rows = [
        TableRow(
            day=day_text(attempt.held_at, zone, now),
            title=attempt.title,
            path=f"/meetings/{attempt.meeting_id}",
            cells=[line.scale.say(line.values[place]) for line in lines],
        )
        for place, attempt in reversed(list(enumerate(held)))
    ]
    return group


def _trend(line: _Line, place: int) -> TrendRow:
    """The row of the line, with what its numbers say."""
    row, scale, spread = line.row, line.scale, spread_of(line.values)
    known = [value for value in line.values if value is not None]
    row.latest = scale.say(known[-1] if known else None)
    row.summary, row.change = _summary(spread, scale), _change(line.values, scale)
    row.label = t("progress.chart", name=row.name, summary=row.summary)
    row.values = [-1 if value is None else round(value, 2) for value in line.values]
    row.place = place
    if spread is not None and spread.count > 1:
        row.median = round(spread.median, 2)
    if spread is not None and spread.low is not None and spread.high is not None:
        row.low, row.high = round(spread.low, 2), round(spread.high, 2)
    return row


def _summary(spread: Spread | None, scale: _Scale) -> str:
    """How many, where the middle is, and how far they lie apart: no more than so many numbers can say."""
    if spread is None:
        return ""
    sessions, say = plural("progress.sessions", spread.count), scale.say
    if spread.count == 1:
        return t("progress.spread_one", sessions=sessions)
    if spread.low is None or spread.high is None:
        return t("progress.spread_few", sessions=sessions, median=say(spread.median))
    return t(
        "progress.spread", sessions=sessions, median=say(spread.median), low=say(spread.low), high=say(spread.high)
    )


def _change(values: Sequence[float | None], scale: _Scale) -> str:
    halves = halves_of(values)
    if halves is None:
        return ""
    earlier, later = halves
    change, _ = scale.say_change(later - earlier)
    return t("progress.halves", earlier=scale.say(earlier), later=scale.say(later), change=change)

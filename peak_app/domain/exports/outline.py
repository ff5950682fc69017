"""What a report says, in the order in which it says it: the same for paper and for plain text. Pure.

Words of the meeting stand in here as they were said. A renderer shows them as text, whatever they look like.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from peak_app.config import EMBEDDED_MODEL
from peak_app.domain.exports.moments import day_and_time, length, place, seconds
from peak_app.domain.exports.report import Report
from peak_app.domain.insights.delivery import Delivery
from peak_app.domain.insights.latency import PARTS, LatencyReceipt, Percentiles
from peak_app.domain.insights.steps import SCORECARD, SUMMARY
from peak_app.domain.scorecards.scorecard import CriterionResult, mean_of, scores_of
from peak_app.domain.scorecards.service import ScorecardView
from peak_app.i18n.catalogue import t
from peak_app.ports.language import HIGHEST_SCORE, LOWEST_SCORE, CitedText, QuestionNote


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence, and the places it rests on."""

    text: str
    places: list[str]


@dataclass(frozen=True, slots=True)
class Remarks:
    title: str
    remarks: list[Remark]


@dataclass(frozen=True, slots=True)
class Note:
    """A question, what became of it, and from when to when that was."""

    question: str
    note: str
    stretch: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """`score` is 0 without enough evidence; `score_text` says it in words."""

    name: str
    score: int
    score_text: str
    level: str
    remark: str
    quotes: list[Remark]


@dataclass(frozen=True, slots=True)
class Row:
    """A number with its name, and in a few words what it means."""

    label: str
    values: list[str]
    what: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line of the transcript. `heard` is what it said before it was corrected."""

    place: str
    speaker: str
    is_agent: bool
    text: str
    unheard: str
    heard: str
    is_typed: bool


@dataclass(frozen=True, slots=True)
class Scores:
    """`mean` is empty when there is none; `about` says what it covers, and who gave the numbers."""

    mean: str
    about: list[str]
    criteria: list[Criterion]


@dataclass(frozen=True, slots=True)
class Table:
    heads: list[str]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Outline:
    """Parts that there is nothing to say about are empty, or None."""

    title: str
    facts: list[Row]
    notices: list[str]
    """What a reader has to know before believing the rest."""
    summary: list[Remarks] = field(default_factory=list)
    engine: str = ""
    notes: list[Note] = field(default_factory=list)
    scores: Scores | None = None
    delivery: list[Row] = field(default_factory=list)
    latency: Table | None = None
    transcript: list[Spoken] = field(default_factory=list)


def outline_of(report: Report) -> Outline:
    meeting, results = report.meeting, report.results
    facts = [
        Row(t("export.agent"), [meeting.agent_name]),
        Row(t("export.held"), [day_and_time(report.held_at)]),
        Row(t("export.length"), [length(meeting.connected_ms)]),
    ]
    if meeting.focus:
        facts.append(Row(t("export.focus"), [meeting.focus]))
    summary = results.summary
    places = _Places(report)
    parts = (
        [
            (t("summary.overview"), summary.overview),
            (t("summary.strengths"), summary.strengths),
            (t("summary.next_steps"), summary.next_steps),
        ]
        if summary
        else []
    )
    return Outline(
        title=meeting.title,
        facts=facts,
        notices=_notices(report),
        summary=[Remarks(title, [places.remark(text) for text in texts]) for title, texts in parts if texts],
        engine=_engine(results.summary_engine),
        notes=[places.note(note) for note in summary.questions] if summary else [],
        scores=_scores(report.scorecard, places) if report.scorecard and results.lines else None,
        delivery=_delivery(results.delivery) if results.delivery and results.delivery.has_speech else [],
        latency=_latency(results.latency),
        transcript=[
            Spoken(
                place=place(line.start_ms),
                speaker=report.speaker_of(line),
                is_agent=line.speaker == "agent",
                text=line.text,
                unheard=line.unheard_text,
                heard=line.original_text,
                is_typed=line.is_typed,
            )
            for line in results.lines
        ],
    )


class _Places:
    """Where the lines of a meeting are. Ids that are not in the transcript have no place."""

    def __init__(self, report: Report) -> None:
        self._lines = {line.id: line for line in report.results.lines}

    def of(self, line_ids: Sequence[str]) -> list[str]:
        return [place(self._lines[line_id].start_ms) for line_id in line_ids if line_id in self._lines]

    def remark(self, text: CitedText) -> Remark:
        return Remark(text.text, self.of(text.line_ids))

    def note(self, note: QuestionNote) -> Note:
        first, last = self._lines.get(note.first_line_id), self._lines.get(note.last_line_id)
        stretch = ""
        if first and last:
            stretch = t("summary.stretch", start=place(first.start_ms), end=place(last.end_ms))
        return Note(note.question, note.note, stretch)


def _notices(report: Report) -> list[str]:
    results = report.results
    notices: list[str] = []
    if not results.lines:
        notices.append(t("summary.silent_text"))
    elif results.summary is not None and results.summary.is_empty:
        notices.append(t("summary.empty_text"))
    if {SUMMARY, SCORECARD}.intersection(results.outdated_steps):
        notices.append(t("export.outdated"))
    if not report.meeting.is_recorded:
        notices.append(t("recording.off"))
    if report.meeting.is_demo:
        notices.append(t("common.demo_hint"))
    return notices


def _engine(engine: str) -> str:
    if not engine:
        return ""
    return t("engine.quotes_only") if engine == EMBEDDED_MODEL else t("engine.written_by", engine=engine)


def _scores(scorecard: ScorecardView, places: _Places) -> Scores:
    content = scorecard.content
    found = {result.criterion_id: result for result in content.results}
    counts = {"scored": len(scores_of(content.results)), "all": len(content.results)}
    mean = mean_of(content.results)
    if content.coverage.gap is not None:
        about = t(f"scorecard.gap_{content.coverage.gap}")
    elif mean is None:
        about = t("scorecard.no_mean", **counts)
    else:
        about = t("scorecard.mean_text", highest=HIGHEST_SCORE, **counts)
    by = ""
    if scorecard.engine:
        is_by_rules = scorecard.engine == EMBEDDED_MODEL
        by = t("scorecard.by_rules") if is_by_rules else t("scorecard.by_model", engine=scorecard.engine)
    versions = t(
        "export.versions",
        rubric=scorecard.rubric.name,
        version=scorecard.rubric.version,
        prompt=scorecard.prompt_version,
    )
    criteria: list[Criterion] = []
    for criterion in scorecard.rubric.criteria:
        result = found.get(criterion.id) or CriterionResult(criterion_id=criterion.id)
        score = result.score or 0
        criteria.append(
            Criterion(
                name=criterion.name,
                score=score,
                score_text=t("scorecard.of", score=score, highest=HIGHEST_SCORE)
                if score
                else t("scorecard.no_evidence"),
                level=criterion.levels[score - LOWEST_SCORE] if score else "",
                remark=t("scorecard.doubtful") if result.is_doubtful else result.remark,
                quotes=[Remark(quote.quote, places.of([quote.line_id])) for quote in result.quotes],
            )
        )
    is_counted = mean is not None and content.coverage.gap is None
    return Scores(f"{mean:.1f}" if is_counted else "", [text for text in (about, by, versions) if text], criteria)


def _score_text(score: int) -> str:
    return t("scorecard.of", score=score, highest=HIGHEST_SCORE) if score else t("scorecard.no_evidence")


def _delivery(delivery: Delivery) -> list[Row]:
    rows: list[Row] = []
    if delivery.talk_ratio is not None:
        rows.append(Row(t("numbers.talk"), [f"{delivery.talk_ratio:.0%}"], t("numbers.talk_hint")))
    if delivery.words_per_minute is not None:
        rows.append(Row(t("numbers.pace"), [f"{delivery.words_per_minute:.0f}"], t("numbers.pace_hint")))
    fillers = ", ".join(f"{filler.word} {filler.count}" for filler in delivery.fillers)
    rows.append(Row(t("export.fillers"), [str(delivery.filler_count)], fillers))
    if delivery.answer_delay_p50_ms is not None:
        rows.append(
            Row(t("export.answer_delay"), [seconds(delivery.answer_delay_p50_ms)], t("export.answer_delay_hint"))
        )
    if delivery.longest_answer is not None:
        rows.append(Row(t("export.longest"), [length(delivery.longest_answer.duration_ms)], t("export.longest_hint")))
    rows.append(Row(t("export.overlap"), [seconds(delivery.overlap_ms)], t("export.overlap_hint")))
    if delivery.cut_off_line_ids is not None:
        rows.append(Row(t("export.cut_offs"), [str(len(delivery.cut_off_line_ids))], t("export.cut_offs_hint")))
    return rows


def _latency(receipt: LatencyReceipt) -> Table | None:
    if receipt.total is None:
        return None

    def row(name: str, found: Percentiles) -> Row:
        return Row(t(f"receipt.{name}"), [f"{found.p50_ms} ms", f"{found.p95_ms} ms"], t(f"receipt.{name}_what"))

    rows = [row(name, receipt.parts[name]) for name in PARTS if name in receipt.parts]
    return Table([t("receipt.part"), t("receipt.half"), t("receipt.most")], [*rows, row("total", receipt.total)])

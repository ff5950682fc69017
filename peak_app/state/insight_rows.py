"""What came of a meeting, as its page shows it. Times are texts; `at_ms` is where playing starts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from peak_app.config import EMBEDDED_MODEL
from peak_app.domain.insights.delivery import Delivery
from peak_app.domain.insights.lines import Line
from peak_app.domain.insights.steps import REQUIRED, STEPS, StepOutcome
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.recordings.models import Recording
from peak_app.domain.rooms.models import KeptFile
from peak_app.i18n.catalogue import t
from peak_app.operator_access import OPS_PATH
from peak_app.ports.language import CitedText, MeetingSummary, QuestionNote
from peak_app.state.formatting import day_text, length_text, moment_text, offset_text


@dataclass
class LineRow:
    """One line of the transcript."""

    line_id: str
    speaker: str
    speaker_name: str
    at: str
    at_ms: int
    end_ms: int
    text: str
    original: str
    """What was heard, when it was corrected."""
    unheard: str
    is_typed: bool
    was_cut_off: bool
    is_doubtful: bool
    """It may have been misheard."""


@dataclass
class CiteRow:
    """A link to a line: its id and its time, with a sentence for those who can't see it."""

    line_id: str
    at: str
    label: str


@dataclass
class CitedRow:
    """A sentence and the lines it rests on."""

    text: str
    cites: list[CiteRow] = field(default_factory=list)


@dataclass
class QuestionRow:
    """A question of the agent, a note on the answer, the lines it rests on, and from when to when it went."""

    question: str
    note: str
    cites: list[CiteRow] = field(default_factory=list)
    stretch: str = ""
    """Empty when nobody knows."""
    at_ms: int = 0


@dataclass
class NumberRow:
    """A number at a glance; `value` is a dash when there is too little to say."""

    label: str
    value: str
    hint: str


@dataclass
class StepRow:
    """A step of the pipeline; `outcome` is done, outdated, failed, waiting, off (not wanted) or none."""

    name: str
    label: str
    outcome: str
    detail: str
    when: str
    ops_path: str = ""
    """Of its run, for operators."""


def line_rows(lines: Sequence[Line], agent_name: str) -> list[LineRow]:
    names = {"agent": agent_name, "candidate": t("transcript.you")}
    return [
        LineRow(
            line_id=line.id,
            speaker=line.speaker,
            speaker_name=names[line.speaker],
            at=offset_text(line.start_ms),
            at_ms=line.start_ms,
            end_ms=line.end_ms,
            text=line.text,
            original=line.original_text,
            unheard=line.unheard_text,
            is_typed=line.is_typed,
            was_cut_off=line.was_cut_off,
            is_doubtful=line.is_doubtful,
        )
        for line in lines
    ]


class Citations:
    """Turns ids of lines into links; ids that are not in the transcript give none."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._starts = {line.id: line.start_ms for line in lines}
        self._ends = {line.id: line.end_ms for line in lines}

    def rows(self, line_ids: Sequence[str]) -> list[CiteRow]:
        return [
            CiteRow(line_id, at := offset_text(self._starts[line_id]), t("summary.cite", at=at))
            for line_id in line_ids
            if line_id in self._starts
        ]

    def cited(self, texts: Sequence[CitedText]) -> list[CitedRow]:
        return [CitedRow(text.text, self.rows(text.line_ids)) for text in texts]

    def questions(self, summary: MeetingSummary) -> list[QuestionRow]:
        return [self._question(note) for note in summary.questions]

    def _question(self, note: QuestionNote) -> QuestionRow:
        cites = self.rows(note.line_ids)
        if note.first_line_id not in self._starts or note.last_line_id not in self._ends:
            return QuestionRow(note.question, note.note, cites)
        start_ms, end_ms = self._starts[note.first_line_id], self._ends[note.last_line_id]
        stretch = t("summary.stretch", start=offset_text(start_ms), end=offset_text(end_ms))
        return QuestionRow(note.question, note.note, cites, stretch, start_ms)


def engine_text(engine: str) -> str:
    """Who wrote a summary or an answer, in plain words."""
    if not engine:
        return ""
    return t("engine.quotes_only") if engine == EMBEDDED_MODEL else t("engine.written_by", engine=engine)


def number_rows(delivery: Delivery, connected_ms: int) -> list[NumberRow]:
    """Duration, share of the talk, pace, and how fast the agent replied."""
    none = t("numbers.none")

    def seconds(value_ms: int | None) -> str:
        return none if value_ms is None else t("numbers.delay", seconds=f"{value_ms / 1000:.1f}")

    share = none if delivery.talk_ratio is None else f"{delivery.talk_ratio:.0%}"
    pace = none if delivery.words_per_minute is None else f"{delivery.words_per_minute:.0f}"
    hint = t("numbers.reply_hint", p95=seconds(delivery.reply_delay_p95_ms))
    return [
        NumberRow(t("numbers.duration"), length_text(connected_ms), t("numbers.duration_hint")),
        NumberRow(t("numbers.talk"), share, t("numbers.talk_hint")),
        NumberRow(t("numbers.pace"), pace, t("numbers.pace_hint")),
        NumberRow(
            t("numbers.reply"),
            seconds(delivery.reply_delay_p50_ms),
            hint if delivery.reply_delay_p95_ms is not None else t("numbers.reply_none"),
        ),
    ]


@dataclass
class KeptFileRow:
    """A file that a video service made of the call."""

    label: str
    about: str
    url: str


def kept_file_rows(files: Sequence[KeptFile]) -> list[KeptFileRow]:
    return [
        KeptFileRow(
            label=t(f"kept_file.{file.kind}"),
            about=t("kept_file.about", megabytes=f"{file.size_bytes / 1_000_000:.1f}"),
            url=f"/media/{file.meeting_id}/files/{file.id}",
        )
        for file in files
    ]


def recording_text(recording: Recording, zone: tzinfo, now: datetime) -> str:
    """How long and how large it is, and until when it is kept."""
    megabytes = f"{recording.size_bytes / 1_000_000:.1f}"
    about = t("recording.about", length=length_text(recording.duration_ms), megabytes=megabytes)
    if recording.expires_at is None:
        return about
    return f"{about} · {t('recording.until', day=day_text(recording.expires_at, zone, now))}"


def progress_text(steps: Sequence[StepOutcome]) -> str:
    """'Step 2 of 4: Summary' while the results are made: how many are done and one, and the first that is not."""
    done = {step.name for step in steps if step.is_done}
    open_ = [name for name in REQUIRED if name not in done]
    name = open_[0] if open_ else REQUIRED[-1]
    number = min(len(REQUIRED) - len(open_) + 1, len(REQUIRED))
    return t("meeting.progress", number=number, total=len(REQUIRED), name=t(f"step.{name}"))


def step_rows(
    steps: Sequence[StepOutcome], status: MeetingStatus, zone: tzinfo, now: datetime, *, outdated: Collection[str] = ()
) -> list[StepRow]:
    """Every step in order, also those that were not reached; `outdated` names those that need to run again."""
    known = {step.name: step for step in steps}
    rows: list[StepRow] = []
    for name in STEPS:
        step = known.get(name)
        if step is None:
            outcome = "waiting" if status == MeetingStatus.PROCESSING else "none"
            rows.append(StepRow(name, t(f"step.{name}"), outcome, t(f"step.{name}.what"), ""))
            continue
        if step.is_done and step.facts.get("is_recorded") is False:
            when = moment_text(step.finished_at, zone, now)
            rows.append(StepRow(name, t(f"step.{name}"), "off", t("step.not_recorded"), when))
            continue
        ops_path = run_path(step.run_id)
        engine = step.facts.get("engine")
        made = t("step.made_by", engine=engine) if engine else t("step.made")
        detail = f"{made} · {length_of_step(step.duration_ms)}" if step.is_done else step.reason
        outcome = "done" if step.is_done else "failed"
        if name in outdated:
            outcome, detail = "outdated", t("step.outdated")
        when = moment_text(step.finished_at, zone, now)
        rows.append(StepRow(name, t(f"step.{name}"), outcome, detail, when, ops_path))
    return rows


def run_path(run_id: str) -> str:
    """Where operators see a run; empty when nobody noted which it was."""
    return f"{OPS_PATH}/runs/{run_id}" if run_id else ""


def length_of_step(duration_ms: int) -> str:
    return t("step.ms", ms=duration_ms) if duration_ms < 1000 else t("step.s", seconds=f"{duration_ms / 1000:.1f}")

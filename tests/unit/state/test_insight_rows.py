from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from peak_app.domain.insights.delivery import Delivery, measure
from peak_app.domain.insights.lines import Line
from peak_app.domain.insights.steps import REQUIRED, STEPS, StepOutcome
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.recordings.models import Recording
from peak_app.i18n.catalogue import t
from peak_app.ports.language import CitedText, MeetingSummary, QuestionNote
from peak_app.state.insight_rows import (
    Citations,
    engine_text,
    line_rows,
    number_rows,
    progress_text,
    recording_text,
    step_rows,
)
from tests.unit.exports.reports import results_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINES = [
    Line(id="L1", speaker="agent", start_ms=500, end_ms=4_000, text="How do you test?", unheard_text="And why?"),
    Line(id="L2", speaker="candidate", start_ms=65_000, end_ms=80_000, text="With a trace on every step."),
    Line(id="L3", speaker="candidate", start_ms=81_000, end_ms=81_000, text="And by hand.", is_typed=True),
]


def test_lines_carry_their_speaker_and_place() -> None:
    rows = line_rows(LINES, "Morgan")
    assert [(row.speaker_name, row.at, row.at_ms) for row in rows] == [
        ("Morgan", "0:00", 500),
        ("You", "1:05", 65_000),
        ("You", "1:21", 81_000),
    ]
    assert rows[0].unheard == "And why?"
    assert [row.original for row in rows] == ["", "", ""]
    assert rows[2].is_typed


def test_lines_that_may_have_been_misheard_are_marked_until_they_are_corrected() -> None:
    unsure = LINES[1].model_copy(update={"confidence": 0.3})
    fixed = unsure.model_copy(update={"text": "With a test on every step.", "original_text": unsure.text})
    assert [row.is_doubtful for row in line_rows([*LINES, unsure, fixed], "Morgan")] == [
        False,
        False,
        False,
        True,
        False,
    ]


def test_a_sentence_leads_to_the_lines_that_exist() -> None:
    (row,) = Citations(LINES).cited([CitedText(text="Tests by tracing.", line_ids=["L2", "L9"])])
    assert [(cite.line_id, cite.at) for cite in row.cites] == [("L2", "1:05")]


def test_a_note_says_from_when_to_when_it_went() -> None:
    def note(first: str, last: str) -> QuestionNote:
        return QuestionNote(question="Why?", note="So.", line_ids=["L2"], first_line_id=first, last_line_id=last)

    summary = MeetingSummary(overview=[], questions=[note("L1", "L3"), note("", "")], strengths=[], next_steps=[])
    rows = Citations(LINES).questions(summary)
    assert [(row.stretch, row.at_ms) for row in rows] == [
        (t("summary.stretch", start="0:00", end="1:21"), 500),
        ("", 0),
    ]


def test_the_practice_coach_is_never_passed_off_as_a_model() -> None:
    assert engine_text("peak-practice-coach") == "Written without a language model: quotes only"
    assert engine_text("gpt-5.4-mini") == "Written by gpt-5.4-mini"
    assert engine_text("") == ""


def test_numbers_come_with_their_unit() -> None:
    values = [row.value for row in number_rows(measure(LINES, [610, 1_240]), 95_000)]
    assert values == ["2 min", "81%", "24", "0.6 s"]


def test_without_speech_no_number_is_made_up() -> None:
    assert [row.value for row in number_rows(Delivery(), 0)][1:] == [t("numbers.none")] * 3


def test_every_step_is_shown_with_its_outcome() -> None:
    done = StepOutcome("transcript", True, "", {"engine": "call journal"}, "run", 38, NOW)
    failed = StepOutcome("summary", False, "The model did not answer.", {}, "run", 9_000, NOW)
    rows = step_rows([done, failed], MeetingStatus.PROCESSING, UTC, NOW)
    assert [row.name for row in rows] == list(STEPS)
    assert [row.outcome for row in rows] == ["done", "failed"] + ["waiting"] * (len(STEPS) - 2)
    assert rows[0].detail == "By call journal · 38 ms"
    assert rows[1].detail == "The model did not answer."
    assert step_rows([], MeetingStatus.CANCELLED, UTC, NOW)[0].outcome == "none"


def test_a_step_older_than_a_correction_needs_to_run_again() -> None:
    steps = [StepOutcome(name, True, "", {"engine": "fake"}, "run", 38, NOW) for name in ("transcript", "summary")]
    rows = step_rows(steps, MeetingStatus.COMPLETED, UTC, NOW, outdated=["summary"])
    assert [(row.outcome, row.detail) for row in rows[:2]] == [
        ("done", "By fake · 38 ms"),
        ("outdated", t("step.outdated")),
    ]


def test_a_step_leads_to_its_run() -> None:
    done = StepOutcome("scorecard", True, "", {"engine": "gpt-5.4-mini"}, "run-1", 38, NOW)
    row = next(row for row in step_rows([done], MeetingStatus.COMPLETED, UTC, NOW) if row.name == "scorecard")

    assert row.ops_path == "/ops/runs/run-1"


def test_progress_names_the_first_step_that_is_missing() -> None:
    def done(*names: str) -> list[StepOutcome]:
        return [StepOutcome(name, True, "", {}, "run", 1, NOW) for name in names]

    assert progress_text([]) == "Step 1 of 4: Transcript"
    assert progress_text(done("transcript", "usage")) == "Step 3 of 4: Summary"
    assert progress_text(done(*REQUIRED[:-1])) == "Step 4 of 4: Minutes"


def test_when_results_are_made_again_what_was_done_before_still_waits() -> None:
    def done(name: str, at: datetime) -> StepOutcome:
        return StepOutcome(name, True, "", {}, "run", 1, at)

    earlier = [done(name, NOW - timedelta(minutes=5)) for name in (*REQUIRED, "recording")]
    asked = replace(results_of(LINES, None), steps=earlier, asked_again_at=NOW)
    begun = replace(asked, steps=[*earlier[1:], done("transcript", NOW + timedelta(seconds=1))])

    assert progress_text(asked.current_steps) == "Step 1 of 4: Transcript"
    assert progress_text(begun.current_steps) == "Step 2 of 4: Summary"
    rows = step_rows(begun.current_steps, MeetingStatus.PROCESSING, UTC, NOW)
    assert [row.outcome for row in rows] == ["done"] + ["waiting"] * (len(STEPS) - 1)


def test_a_recording_that_was_not_wanted_is_no_failure() -> None:
    off = StepOutcome("recording", True, "", {"is_recorded": False, "files_deleted": 0}, "run", 38, NOW)
    row = step_rows([off], MeetingStatus.COMPLETED, UTC, NOW)[-1]
    assert (row.outcome, row.detail) == ("off", "Not made: recording was switched off in the lobby")


def test_a_recording_says_until_when_it_is_kept() -> None:
    kept = Recording(
        meeting_id=uuid4(),
        owner_id=uuid4(),
        media_key="k",
        media_type="video/webm",
        size_bytes=2_400_000,
        duration_ms=720_000,
        sha256="",
        expires_at=NOW + timedelta(days=90),
    )
    assert recording_text(kept, UTC, NOW) == "12 min · 2.4 MB · kept until 20 Feb 2027"
    kept.expires_at = None
    assert recording_text(kept, UTC, NOW) == "12 min · 2.4 MB"

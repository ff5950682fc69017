"""A meeting to export, with words that pose as markup."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from peak_app.domain.exports.report import Report
from peak_app.domain.insights.delivery import measure
from peak_app.domain.insights.latency import receipt_of
from peak_app.domain.insights.lines import Line
from peak_app.domain.insights.results import MeetingResults
from peak_app.domain.insights.steps import SUMMARY, StepOutcome
from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.meetings.turns import DelayParts
from peak_app.domain.scorecards.coverage import Coverage
from peak_app.domain.scorecards.scorecard import CriterionResult, ScorecardContent
from peak_app.domain.scorecards.service import ScorecardView
from peak_app.domain.scorecards.templates import templates
from peak_app.ports.language import Citation, CitedText, MeetingSummary, QuestionNote

AT = datetime(2026, 11, 26, 18, 5, tzinfo=UTC)
ID = UUID("01a215a8-714a-7355-aced-2534d456898a")
TITLE = "# Round <b>one</b> *two* [x](http://y) \\ `z` #panic()"
AGENT = "Ada <script> --> O'Neil"
FOCUS = "Give <numbers>.\n# And | reasons."
LINES = [
    Line(
        id="L1",
        speaker="agent",
        start_ms=500,
        end_ms=4_000,
        text="Tell me about a *project*.",
        unheard_text="And why?",
    ),
    Line(
        id="L2",
        speaker="candidate",
        start_ms=5_000,
        end_ms=25_000,
        text="Um, I moved 3 < 4 services & <i>nothing</i> broke. " + "Then we compared the totals each night. " * 6,
        original_text="Um, I moved three services.",
        confidence=0.5,
    ),
    Line(
        id="L3",
        speaker="agent",
        start_ms=25_680,
        end_ms=27_000,
        text="Why?",
        reply_delay_ms=680,
        delay_parts=DelayParts(450, 0, 120, 90, 20),
    ),
    Line(
        id="L4", speaker="candidate", start_ms=65_000, end_ms=65_000, text="כי זה היה נכון, believe me.", is_typed=True
    ),
]


def results_of(lines: Sequence[Line], summary: MeetingSummary | None) -> MeetingResults:
    return MeetingResults(
        meeting_id=ID,
        owner_id=ID,
        lines=lines,
        has_transcript=True,
        summary=summary,
        delivery=measure(lines, [680]) if lines else None,
        is_measured=bool(lines),
        latency=receipt_of(lines),
        summary_engine="gpt-test" if summary else "",
        is_searchable=True,
        steps=[StepOutcome(SUMMARY, True, "", {}, "run", 10, AT)],
        corrected_at=AT if lines else None,
    )


def report_of(lines: Sequence[Line] = LINES, *, title: str = TITLE) -> Report:
    """With everything a meeting can have; of no lines, with nothing."""
    summary = MeetingSummary(
        overview=[CitedText(text="You moved | services.", line_ids=["L2", "L9"])],
        questions=[
            QuestionNote(
                question=LINES[0].text, note="It did not break.", line_ids=["L2"], first_line_id="L1", last_line_id="L2"
            )
        ],
        strengths=[CitedText(text="You counted.", line_ids=["L2"])],
        next_steps=[CitedText(text="1. Say why.", line_ids=["L4"])],
    )
    rubric = templates()["software-engineering"].rubric
    results = [
        CriterionResult(
            criterion_id=criterion.id,
            score=4 if number else None,
            remark="It shows.",
            quotes=[Citation(line_id="L2", quote="we compared the totals each night")] if number else [],
        )
        for number, criterion in enumerate(rubric.criteria)
    ]
    scorecard = ScorecardView(
        scorecard_id=ID,
        meeting_id=ID,
        rubric=rubric,
        content=ScorecardContent(
            results=results, stories=[], coverage=Coverage(answers=2, words=80, unclear_share=0, gap=None)
        ),
        engine="gpt-test",
        prompt_version="2026-11-3",
        created_at=AT,
    )
    return Report(
        meeting=MeetingView(
            meeting_id=ID,
            owner_id=ID,
            title=title,
            agent_id=ID,
            agent_name=AGENT,
            status=MeetingStatus.COMPLETED,
            status_reason="",
            status_at=AT,
            scheduled_at=None,
            started_at=AT,
            ended_at=AT,
            connected_ms=95_000,
            is_recorded=True,
            is_demo=False,
            created_at=AT,
            focus=FOCUS if lines else "",
        ),
        results=results_of(lines, summary if lines else None),
        scorecard=scorecard if lines else None,
        zone=UTC,
    )

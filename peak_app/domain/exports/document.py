"""Everything about a meeting as JSON, for programs. Pure."""

import json
from dataclasses import asdict
from typing import Any

from peak_app.domain.exports.report import Report
from peak_app.domain.scorecards.rubric import rubric_to_json
from peak_app.domain.scorecards.service import ScorecardView

FORMAT = "peak-meeting/1"
"""Changes when a field goes or means something else; more fields may come without."""


def to_json(report: Report) -> str:
    """Times of the meeting are ISO 8601 with time zone, those within it milliseconds from its start."""
    meeting, results = report.meeting, report.results
    document = {
        "format": FORMAT,
        "meeting": {
            "id": str(meeting.meeting_id),
            "title": meeting.title,
            "agent": meeting.agent_name,
            "focus": meeting.focus,
            "status": meeting.status.value,
            "held_at": report.held_at.isoformat(),
            "connected_ms": meeting.connected_ms,
            "is_recorded": meeting.is_recorded,
            "is_demo": meeting.is_demo,
        },
        "transcript": [line.model_dump(mode="json") for line in results.lines],
        "corrected_at": results.corrected_at.isoformat() if results.corrected_at else None,
        "outdated": results.outdated_steps,
        "summary": results.summary.model_dump(mode="json") if results.summary else None,
        "summary_engine": results.summary_engine,
        "scorecard": _scorecard(report.scorecard) if report.scorecard else None,
        "delivery": results.delivery.model_dump(mode="json") if results.delivery else None,
        "latency": results.latency.model_dump(mode="json"),
        "steps": [{**asdict(step), "finished_at": step.finished_at.isoformat()} for step in results.steps],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _scorecard(scorecard: ScorecardView) -> dict[str, Any]:
    return {
        "rubric": rubric_to_json(scorecard.rubric),
        **scorecard.content.model_dump(mode="json"),
        "engine": scorecard.engine,
        "prompt_version": scorecard.prompt_version,
        "created_at": scorecard.created_at.isoformat(),
    }

"""A meeting as JSON."""

import json

from peak_app.domain.exports.document import FORMAT, to_json
from tests.unit.exports.reports import FOCUS, LINES, TITLE, report_of


def test_json_holds_everything_for_programs():
    document = json.loads(to_json(report_of()))
    assert document["format"] == FORMAT
    assert (document["meeting"]["title"], document["meeting"]["held_at"]) == (TITLE, "2026-11-26T18:05:00+00:00")
    assert document["meeting"]["focus"] == FOCUS
    assert [line["text"] for line in document["transcript"]] == [line.text for line in LINES]
    assert document["transcript"][1]["original_text"] == "Um, I moved three services."
    assert [line["confidence"] for line in document["transcript"]] == [None, 0.5, None, None]
    assert document["outdated"] == ["summary"]
    assert document["summary"]["questions"][0]["last_line_id"] == "L2"
    assert len(document["scorecard"]["rubric"]["criteria"]) == len(document["scorecard"]["results"])
    assert document["latency"]["total"]["p50_ms"] == 680


def test_a_silent_meeting_has_no_results():
    document = json.loads(to_json(report_of([])))
    assert (document["transcript"], document["summary"], document["scorecard"], document["delivery"]) == (
        [],
        None,
        None,
        None,
    )

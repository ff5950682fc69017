from dataclasses import replace
from datetime import UTC, datetime

from peak_app.domain.insights.lineage import Origin
from peak_app.ports.language import Usage
from peak_app.state.lineage import OriginRow

MADE = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
ORIGIN = Origin(
    asset="scorecard",
    engine="gpt-5",
    prompt_version="2026-11-2",
    rubric="Nursing",
    rubric_version=2,
    input_hash="0123456789abcdef" * 4,
    made_at=MADE,
    took_ms=1_840,
    run_id="run-1",
    usage=Usage(12_345, 678, 0.0123),
)


def facts(origin: Origin) -> dict[str, str]:
    return {fact.label: fact.value for fact in OriginRow.of(origin, UTC, MADE).facts}


def test_everything_that_is_known_is_told():
    assert facts(ORIGIN) == {
        "Made by": "gpt-5",
        "Prompt version": "2026-11-2",
        "Rubric": "Nursing, version 2",
        "Fingerprint of the input": "0123456789ab",
        "When": "Today, 09:30",
        "It took": "1.8 s",
        "Tokens": "12,345 read, 678 written",
        "Cost": "$0.012300",
        "Asset of the pipeline": "scorecard",
    }


def test_it_leads_to_the_run_that_made_it():
    assert OriginRow.of(ORIGIN, UTC, MADE).ops_path == "/ops/runs/run-1"
    assert OriginRow.of(replace(ORIGIN, run_id=""), UTC, MADE).ops_path == ""


def test_tokens_are_told_without_a_cost_that_nobody_knows():
    told = facts(replace(ORIGIN, usage=Usage(1_500, 0)))

    assert told["Tokens"] == "1,500 read"
    assert "Cost" not in told


def test_what_nobody_noted_is_left_out():
    plain = replace(ORIGIN, prompt_version="", rubric="", rubric_version=None, took_ms=None, usage=Usage(0, 0))

    assert set(facts(plain)) == {"Made by", "Fingerprint of the input", "When", "Asset of the pipeline"}


def test_each_fold_says_of_which_result_it_tells():
    assert OriginRow.of(ORIGIN, UTC, MADE).title == "How this was made: Scorecard"
    assert OriginRow.of(replace(ORIGIN, asset="usage"), UTC, MADE).title == "How this was made: Minutes"

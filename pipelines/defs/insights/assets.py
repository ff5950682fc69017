"""Transcript, summary and search index of a meeting."""

import dagster as dg

from peak_app.domain.insights import steps
from pipelines.partitions import meetings
from pipelines.resources import Peak
from pipelines.step import RETRY_POLICY, materialized, run_step
from pipelines.tags import PRIORITY_TAG

# The in-process executor takes ready steps by priority: what the person waits for comes first.
_FIRST, _SECOND, _THIRD = ({PRIORITY_TAG: str(priority)} for priority in (9, 8, 7))

journal = dg.AssetSpec(
    "journal",
    partitions_def=meetings,
    group_name="meetings",
    kinds={"postgres"},
    description="Every utterance of the call, written by the bridge while it happened.",
)


@dg.asset(
    partitions_def=meetings,
    deps=[journal],
    group_name="insights",
    kinds={"postgres"},
    retry_policy=RETRY_POLICY,
    op_tags=_FIRST,
    check_specs=[
        dg.AssetCheckSpec(
            "transcript_has_lines",
            asset="transcript",
            description="Whether anyone said anything. A silent meeting is a meeting too: nothing is held up.",
        )
    ],
)
def transcript(context: dg.AssetExecutionContext, peak: Peak) -> dg.MaterializeResult:
    """The journal as numbered lines."""
    step = run_step(context, peak, steps.TRANSCRIPT, peak.insights.make_transcript)
    check = dg.AssetCheckResult(
        check_name="transcript_has_lines",
        passed=bool(step.facts["lines"]),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"lines": step.facts["lines"]},
    )
    return materialized(step)._replace(check_results=[check])


@dg.asset(
    partitions_def=meetings,
    deps=[transcript],
    group_name="insights",
    kinds={"postgres", "openai"},
    retry_policy=RETRY_POLICY,
    op_tags=_SECOND,
)
def summary(context: dg.AssetExecutionContext, peak: Peak) -> dg.MaterializeResult:
    """What was talked about, every sentence with the lines it rests on."""
    return materialized(run_step(context, peak, steps.SUMMARY, peak.insights.make_summary))


@dg.asset(
    partitions_def=meetings,
    deps=[transcript],
    group_name="insights",
    kinds={"postgres", "openai"},
    retry_policy=RETRY_POLICY,
    op_tags=_THIRD,
)
def search_index(context: dg.AssetExecutionContext, peak: Peak) -> dg.MaterializeResult:
    """Every line with its embedding, for questions about the meeting."""
    return materialized(run_step(context, peak, steps.SEARCH_INDEX, peak.insights.make_search_index))

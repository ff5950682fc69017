"""Scores of a meeting. They hold nothing up: a meeting is completed without them, and they may fail by themselves."""

from functools import partial
from typing import Literal

import dagster as dg

from peak_app.domain.insights import steps
from pipelines.defs.insights.assets import transcript
from pipelines.partitions import meetings
from pipelines.resources import Peak
from pipelines.step import RETRY_POLICY, materialized, run_step
from pipelines.tags import PRIORITY_TAG


class ScoringConfig(dg.Config):
    """`held`: the rubric the meeting was held with. `newest`: the one its agent has now; earlier scores are kept."""

    rubric: Literal["held", "newest"] = "held"


@dg.asset(
    partitions_def=meetings,
    deps=[transcript],
    group_name="scorecards",
    kinds={"postgres", "openai"},
    retry_policy=RETRY_POLICY,
    # After everything else that is ready, the meeting's completion included.
    op_tags={PRIORITY_TAG: "-1"},
)
def scorecard(context: dg.AssetExecutionContext, config: ScoringConfig, peak: Peak) -> dg.MaterializeResult:
    """A score for each criterion of the rubric, with the candidate's words it rests on."""
    work = partial(peak.scorecards.make_scorecard, is_newest_rubric=config.rubric == "newest")
    return materialized(run_step(context, peak, steps.SCORECARD, work))


score_again = dg.define_asset_job(
    "score_again",
    selection=[scorecard],
    config={"ops": {"scorecard": {"config": {"rubric": "newest"}}}},
    description="Scores chosen meetings by the rubrics their agents have now, to compare with the scores they had.",
)

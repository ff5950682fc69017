"""The minutes of a meeting, booked."""

from uuid import UUID

import dagster as dg

from peak_app.domain.insights import steps
from peak_app.domain.insights.steps import StepFacts
from pipelines.defs.insights.assets import journal
from pipelines.partitions import meetings
from pipelines.resources import Peak
from pipelines.step import RETRY_POLICY, materialized, run_step


@dg.asset(partitions_def=meetings, deps=[journal], group_name="billing", kinds={"postgres"}, retry_policy=RETRY_POLICY)
def usage(context: dg.AssetExecutionContext, peak: Peak) -> dg.MaterializeResult:
    """The connected time of the call in the ledger, once."""

    def book(owner_id: UUID, meeting_id: UUID) -> StepFacts:
        return StepFacts({"seconds": peak.billing.record_usage(owner_id, meeting_id)})

    return materialized(run_step(context, peak, steps.USAGE, book))

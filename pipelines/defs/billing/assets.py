"""The minutes of a meeting, booked."""

from functools import partial
from uuid import UUID

import dagster as dg

from peak_app.domain.insights import steps
from peak_app.domain.insights.fingerprint import fingerprint
from peak_app.domain.insights.steps import StepFacts
from peak_app.domain.insights.transcripts import JOURNAL_ENGINE
from peak_app.wiring import Services
from pipelines.defs.insights.assets import journal
from pipelines.partitions import meetings
from pipelines.resources import Peak
from pipelines.step import RETRY_POLICY, materialized, run_step


def book(peak: Services, owner_id: UUID, meeting_id: UUID) -> StepFacts:
    booking = peak.billing.record_usage(owner_id, meeting_id)
    facts = {"seconds": booking.seconds, "input": fingerprint(booking.seconds), "engine": JOURNAL_ENGINE}
    return StepFacts(facts, is_unchanged=not booking.is_new)


@dg.asset(partitions_def=meetings, deps=[journal], group_name="billing", kinds={"postgres"}, retry_policy=RETRY_POLICY)
def usage(context: dg.AssetExecutionContext, peak: Peak) -> dg.MaterializeResult:
    """The connected time of the call in the ledger, once."""
    return materialized(run_step(context, peak, steps.USAGE, partial(book, peak)))

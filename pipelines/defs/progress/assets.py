"""What is added up over meetings, without partitions."""

import time

import dagster as dg

from pipelines.defs.meetings.assets import results
from pipelines.defs.recordings.assets import delivery
from pipelines.defs.scorecards.assets import scorecard
from pipelines.outbox import Outbox
from pipelines.resources import Peak
from pipelines.step import RETRY_POLICY, without_words


@dg.asset(
    deps=[results, delivery, scorecard],
    group_name="progress",
    kinds={"postgres"},
    retry_policy=RETRY_POLICY,
)
@without_words()
def progress(peak: Peak) -> dg.MaterializeResult:
    """Practice by day, of everyone: meetings, time, scores, pace and fillers. Counted anew, so it may be repeated."""
    started = time.perf_counter()
    owners = Outbox(peak.sessions).list_owners()
    days = [peak.progress.count_days(owner_id) for owner_id in owners]
    took_ms = round((time.perf_counter() - started) * 1000)
    return dg.MaterializeResult(metadata={"people": len(owners), "days": sum(days), "took_ms": took_ms})

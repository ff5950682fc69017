"""What people are reminded of when its time comes."""

import dagster as dg

from pipelines.resources import Peak
from pipelines.step import without_words


@dg.sensor(
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reminds people of planned meetings, each once for every time they chose.",
)
@without_words()
def reminders(_context: dg.SensorEvaluationContext, peak: Peak) -> dg.SkipReason:
    """What was sent is known by its rows: a tick that dies, or runs twice, sends nothing twice."""
    return dg.SkipReason(f"{peak.notifications.send_due()} reminders were sent.")

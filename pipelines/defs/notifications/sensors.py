"""What people are reminded of when its time comes."""

import dagster as dg

from peak_app.domain.notifications.service import NotificationService
from pipelines.resources import Peak
from pipelines.step import where, without_words


@dg.sensor(
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reminds people of planned meetings, each once for every time they chose.",
)
@without_words()
def reminders(_context: dg.SensorEvaluationContext, peak: Peak) -> dg.SkipReason:
    """What was sent is known by its rows: a tick that dies, or runs twice, sends nothing twice."""
    return dg.SkipReason(f"{send_due(peak.notifications)} reminders were sent.")


def send_due(notifications: NotificationService) -> int:
    """Remind everyone whose reminder is due, and give how many were. One that can't be sent holds up no other.

    Raises:
        dagster.Failure: at the end, when some could not be sent; the next tick tries those again.
    """
    sent = 0
    failures: list[str] = []
    for owner_id, meeting_id in notifications.list_due():
        try:
            sent += notifications.remind(owner_id, meeting_id)
        except Exception as error:  # the boundary of each reminder
            failures.append(where(error))
    if failures:
        raise dg.Failure(f"{len(failures)} reminders could not be sent, the first: {failures[0]}")
    return sent

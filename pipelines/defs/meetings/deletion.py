"""What is left of a deleted meeting is erased: its files, and what Dagster knows of it.

The job is told of a receipt, never of a meeting, so that no record of the deletion itself names the meeting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import dagster as dg

from peak_app.domain.meetings.models import DeletionReceipt
from peak_app.domain.rooms.models import KEPT_CALL
from peak_app.errors import NotFound
from peak_app.wiring import Services
from pipelines import history
from pipelines.deletions import Deletions
from pipelines.history import StillRunning
from pipelines.instance import dagster_url
from pipelines.outbox import Outbox
from pipelines.resources import Peak
from pipelines.step import RETRY_POLICY, without_words
from pipelines.tags import BUSY, EVENT_TAG


@dataclass(frozen=True, slots=True)
class Erasure:
    """A deleted meeting, and who can erase what is left of it."""

    peak: Services
    instance: dg.DagsterInstance
    receipt: DeletionReceipt

    @property
    def meeting_id(self) -> UUID:
        return self.receipt.meeting_id

    @property
    def owner_id(self) -> UUID:
        return self.receipt.owner_id

    @property
    def dagster_url(self) -> str:
        return dagster_url(self.peak.settings)


def stop_runs(erasure: Erasure) -> None:
    """Nobody works on the meeting any more, so nothing comes back that goes now."""
    history.stop_runs(erasure.instance, erasure.dagster_url, erasure.meeting_id)


def erase_media(erasure: Erasure) -> None:
    """The folder of the meeting: recording, tracks, pieces of the camera, drafts."""
    recordings, deletions = erasure.peak.recordings, erasure.peak.deletions
    # What is there is written down before it goes: afterwards nobody could tell.
    found = recordings.measure_media(erasure.owner_id, erasure.meeting_id)
    deletions.note_found(erasure.owner_id, erasure.receipt.id, media=found)
    recordings.delete_media(erasure.owner_id, erasure.meeting_id)


def erase_room(erasure: Erasure) -> None:
    """What a video service still has of the call. Without its keys nothing can be asked of it any more."""
    if erasure.peak.settings.has_stream and KEPT_CALL in erasure.receipt.row_counts:
        erasure.peak.rooms.erase(erasure.meeting_id)


def forget_history(erasure: Erasure) -> None:
    """Runs, events and partition of the meeting in Dagster."""
    runs = len(history.list_runs(erasure.instance, erasure.meeting_id))
    erasure.peak.deletions.note_found(erasure.owner_id, erasure.receipt.id, runs=runs)
    history.forget(erasure.instance, erasure.dagster_url, erasure.meeting_id)


def sign_receipt(erasure: Erasure) -> None:
    """Nothing is left."""
    erasure.peak.deletions.finish(erasure.owner_id, erasure.receipt.id)


STAGES: tuple[Callable[[Erasure], None], ...] = (
    stop_runs,
    erase_media,
    forget_history,
    erase_room,
    sign_receipt,
)
"""In this order. Each may be repeated, so a run that died anywhere is made good by the next."""


class DeletionConfig(dg.Config):
    """Which event it is, and whose receipt."""

    event_id: int
    owner_id: str
    receipt_id: str


@dg.op(out=dg.Out(dg.Nothing), retry_policy=RETRY_POLICY)
@without_words()
def erase(context: dg.OpExecutionContext, config: DeletionConfig, peak: Peak) -> None:
    """Everything of one deleted meeting that is not a row."""
    try:
        receipt = peak.deletions.get_receipt(UUID(config.owner_id), UUID(config.receipt_id))
        for stage in STAGES:
            stage(Erasure(peak, context.instance, receipt))
    except StillRunning:
        # The run ends within a minute, or is ended by Dagster; the sensor asks again later.
        raise dg.Failure("A run of the deleted meeting did not end yet.", allow_retries=False) from None
    except NotFound:
        raise dg.Failure("There is no such receipt: the account was deleted.", allow_retries=False) from None
    Outbox(peak.sessions).mark_done([config.event_id])


@dg.job(description="Erases the files and the history of a meeting that was deleted.")
def delete_meeting() -> None:
    erase()


@dg.sensor(
    job=delete_meeting,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Erases what is left of deleted meetings, as often as it takes.",
)
@without_words()
def deleted_meetings(context: dg.SensorEvaluationContext, peak: Peak) -> dg.SensorResult | dg.SkipReason:
    """State decides, never a cursor."""
    deletions = Deletions(peak.sessions)
    requests: list[dg.RunRequest] = []
    for deletion in deletions.list_due():
        busy = dg.RunsFilter(job_name="delete_meeting", tags={EVENT_TAG: str(deletion.event_id)}, statuses=BUSY)
        if context.instance.get_runs_count(busy) or not deletions.count_attempt(deletion):
            continue
        config = DeletionConfig(
            event_id=deletion.event_id, owner_id=str(deletion.owner_id), receipt_id=str(deletion.receipt_id)
        )
        requests.append(
            dg.RunRequest(
                run_key=f"delete_meeting:{deletion.event_id}:{deletion.attempts}",
                run_config=dg.RunConfig(ops={"erase": config}),
                tags={EVENT_TAG: str(deletion.event_id)},
            )
        )
    return dg.SensorResult(run_requests=requests) if requests else dg.SkipReason("No meeting was deleted.")

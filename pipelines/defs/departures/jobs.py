"""What is left of a deleted account is erased: its files, what Dagster knows of it, and the address of the last mail.

The job is told of an erasure, never of a person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import dagster as dg

from peak_app.domain.departures.errors import NoSuchReceipt
from peak_app.domain.departures.models import AccountErasure
from peak_app.domain.rooms.models import KEPT_CALL
from peak_app.wiring import Services
from pipelines import history
from pipelines.history import StillRunning
from pipelines.instance import dagster_url
from pipelines.resources import Peak
from pipelines.step import RETRY_POLICY, where, without_words
from pipelines.tags import BUSY, EVENT_TAG


@dataclass(frozen=True, slots=True)
class Departure:
    """A deleted account, and who can erase what is left of it."""

    peak: Services
    instance: dg.DagsterInstance
    erasure: AccountErasure

    @property
    def dagster_url(self) -> str:
        return dagster_url(self.peak.settings)

    @property
    def had_rooms(self) -> bool:
        """Whether any call of theirs was held at a video service."""
        return KEPT_CALL in self.peak.erasures.get_row_counts(self.erasure.id)

    @property
    def waiting(self) -> list[UUID]:
        return [UUID(meeting_id) for meeting_id in self.erasure.meeting_ids["waiting"]]


def stop_runs(departure: Departure) -> None:
    """Nobody works on any of the meetings any more, so nothing comes back that goes now."""
    for meeting_id in departure.waiting:
        history.stop_runs(departure.instance, departure.dagster_url, meeting_id)


def erase_media(departure: Departure) -> None:
    """The person's folder, with all there is in it."""
    recordings, owner_id = departure.peak.recordings, departure.erasure.owner_id
    departure.peak.erasures.note_media(departure.erasure.id, recordings.measure_all(owner_id))
    recordings.delete_all(owner_id)


def erase_rooms(departure: Departure) -> None:
    """What a video service still has of the person. Without its keys nothing can be asked of it any more."""
    if departure.peak.settings.has_stream and departure.had_rooms:
        # Before the meetings are forgotten: each leaves the list with its history.
        for meeting_id in departure.waiting:
            departure.peak.rooms.erase(meeting_id)
        departure.peak.rooms.erase_person(departure.erasure.owner_id)


def forget_history(departure: Departure) -> None:
    """Runs, events and partitions of all meetings; each is noted, so that a run that dies is gone on with."""
    for meeting_id in departure.waiting:
        runs = len(history.list_runs(departure.instance, meeting_id))
        history.forget(departure.instance, departure.dagster_url, meeting_id)
        departure.peak.erasures.note_forgotten(departure.erasure.id, str(meeting_id), runs)


def forget_mentions(departure: Departure) -> None:
    """Runs that were told of the person, and what payment providers sent about them."""
    history.forget_mentions(departure.instance, departure.dagster_url, departure.erasure.owner_id)
    departure.peak.erasures.forget_webhooks(departure.erasure.owner_id)


def send_receipt(departure: Departure) -> None:
    """Nothing is left."""
    departure.peak.erasures.finish(departure.erasure.id)


STAGES: tuple[Callable[[Departure], None], ...] = (
    stop_runs,
    erase_media,
    erase_rooms,
    forget_history,
    forget_mentions,
    send_receipt,
)
"""In this order. Each may be repeated, so a run that died anywhere is made good by the next."""


class DepartureConfig(dg.Config):
    """Which erasure it is."""

    erasure_id: str


@dg.op(out=dg.Out(dg.Nothing), retry_policy=RETRY_POLICY)
@without_words()
def erase_rest(context: dg.OpExecutionContext, config: DepartureConfig, peak: Peak) -> None:
    """Everything of one deleted account that is not a row."""
    try:
        departure = Departure(peak, context.instance, peak.erasures.get(UUID(config.erasure_id)))
        for stage in STAGES:
            stage(departure)
    except StillRunning:
        raise dg.Failure("A run of a deleted meeting did not end yet.", allow_retries=False) from None
    except NoSuchReceipt:
        raise dg.Failure("There is nothing left to erase.", allow_retries=False) from None


@dg.job(description="Erases the files and the history of an account that was deleted.")
def delete_account() -> None:
    erase_rest()


@dg.sensor(
    job=delete_account,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Erases what is left of deleted accounts, as often as it takes.",
)
@without_words()
def deleted_accounts(context: dg.SensorEvaluationContext, peak: Peak) -> dg.SensorResult | dg.SkipReason:
    """State decides, never a cursor."""
    requests: list[dg.RunRequest] = []
    for erasure in peak.erasures.list_due():
        tag = f"account:{erasure.id}"
        busy = dg.RunsFilter(job_name="delete_account", tags={EVENT_TAG: tag}, statuses=BUSY)
        if context.instance.get_runs_count(busy) or not peak.erasures.count_attempt(erasure):
            continue
        config = DepartureConfig(erasure_id=str(erasure.id))
        requests.append(
            dg.RunRequest(
                run_key=f"delete_account:{erasure.id}:{erasure.attempts}",
                run_config=dg.RunConfig(ops={"erase_rest": config}),
                tags={EVENT_TAG: tag},
            )
        )
    return dg.SensorResult(run_requests=requests) if requests else dg.SkipReason("No account was deleted.")


@dg.asset(group_name="housekeeping", kinds={"postgres"})
@without_words()
def departure_sweep(context: dg.AssetExecutionContext, peak: Peak) -> dg.MaterializeResult:
    """What came in late of accounts deleted in the last days is erased too, and what has had its time is forgotten."""
    failed = 0
    done = peak.erasures.list_done()
    for erasure in done:
        try:
            peak.recordings.delete_all(erasure.owner_id)
            url = dagster_url(peak.settings)
            for meeting_id in erasure.meeting_ids.get("done", []):
                history.forget(context.instance, url, UUID(meeting_id))
            history.forget_mentions(context.instance, url, erasure.owner_id)
        except Exception as error:  # the boundary of each account
            context.log.warning("sweep of a deleted account: %s", where(error))
            failed += 1
    if failed:
        raise dg.Failure(f"{failed} of {len(done)} deleted accounts could not be swept.")
    return dg.MaterializeResult(metadata={"accounts": len(done), "forgotten": peak.erasures.clear_old()})

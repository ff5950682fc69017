"""What starts the pipeline, and what finds meetings that were left behind."""

import json
import threading
import time
from collections.abc import Iterator
from uuid import UUID

import dagster as dg
import pytest
from sqlmodel import select

from peak_app.db.models import OutboxEvent
from peak_app.db.outbox import MEETING_ENDED, publish
from peak_app.domain.insights.steps import StepFacts
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.embedded.postgres import DATABASE
from pipelines.defs.meetings import sensors
from pipelines.outbox import MAX_ATTEMPTS, Outbox
from pipelines.step import BROKEN
from tests.conftest import ScratchDatabase
from tests.held_calls import HeldCalls
from tests.scripted_services import ScriptedServices


class Desk:
    """Ticks sensors the way the daemon does: the cursor of one tick is given to the next."""

    def __init__(self, database: ScratchDatabase, held: HeldCalls, instance: dg.DagsterInstance) -> None:
        self.database = database
        self.held = held
        self.instance = instance
        self.peak = ScriptedServices(database.settings, "worker")
        self.cursor: str | None = None

    def tick(self, sensor: dg.SensorDefinition) -> dg.SensorResult | dg.SkipReason:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor, resources={"peak": self.peak})
        result = sensor(context)
        assert isinstance(result, dg.SensorResult | dg.SkipReason)
        if sensor is sensors.ended_calls:
            self.cursor = result.cursor if isinstance(result, dg.SensorResult) else context.cursor
        return result

    def requested(self, sensor: dg.SensorDefinition) -> list[tuple[str | None, str | None]]:
        """Job and meeting of each run the tick asks for."""
        result = self.tick(sensor)
        requests = result.run_requests or [] if isinstance(result, dg.SensorResult) else []
        return [(request.job_name, request.partition_key) for request in requests]

    def sql(self, statement: str, *values: object) -> None:
        with self.database.server.superuser(DATABASE) as connection:
            connection.execute(statement.encode(), values)

    def end(self, job: str, meeting_id: UUID, status: dg.DagsterRunStatus) -> None:
        """A run of the job is over for good, and the sensor that watches for it is told."""
        tags = {"dagster/partition": str(meeting_id), "dagster/will_retry": "false"}
        run = dg.DagsterRun(job_name=job, status=status, tags=tags)
        self.instance.add_run(run)
        is_failure = status == dg.DagsterRunStatus.FAILURE
        sensor = sensors.failed_runs if is_failure else sensors.stopped_runs
        event = dg.DagsterEvent(
            event_type_value="PIPELINE_FAILURE" if is_failure else "PIPELINE_CANCELED",
            job_name=job,
            message="It ended.",
        )
        context = dg.build_run_status_sensor_context(
            sensor.name, event, self.instance, run, resources={"peak": self.peak}
        )
        sensor(context.for_run_failure() if is_failure else context)

    def failures(self, meeting_id: UUID) -> dict[str, str]:
        """Why each failed step failed."""
        outcomes = self.peak.insights.get_results(self.held.user_id, meeting_id).steps
        return {step.name: step.reason for step in outcomes if not step.is_done}

    def age_events(self) -> None:
        self.sql("update outbox_event set created_at = created_at - interval '1 day'")

    def events(self, meeting_id: UUID) -> list[OutboxEvent]:
        with self.held.worker_sessions.without_tenant() as session:
            return list(session.exec(select(OutboxEvent).where(OutboxEvent.meeting_id == meeting_id)).all())


@pytest.fixture
def desk(database: ScratchDatabase, held: HeldCalls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(sensors, "LONG_POLL_S", 0.0)
    with dg.DagsterInstance.ephemeral() as instance:
        yield Desk(database, held, instance)


def both_jobs(meeting_id: UUID) -> list[tuple[str | None, str | None]]:
    return [("process_meeting", str(meeting_id)), ("process_media", str(meeting_id))]


def test_an_ended_call_starts_both_jobs_once(desk: Desk):
    meeting_id = desk.held.hold()

    assert desk.requested(sensors.ended_calls) == both_jobs(meeting_id)
    assert desk.requested(sensors.ended_calls) == []


def test_a_live_call_starts_nothing(desk: Desk):
    desk.held.start()

    assert desk.requested(sensors.ended_calls) == []


def test_a_waiting_tick_hears_of_a_call_the_moment_it_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sensors, "LONG_POLL_S", 10.0)
    meeting_id = desk.held.start()
    timer = threading.Timer(0.3, lambda: desk.held.calls.end_call(desk.held.user_id, meeting_id, "ended_by_person"))
    started = time.monotonic()
    timer.start()

    assert desk.requested(sensors.ended_calls) == both_jobs(meeting_id)
    assert time.monotonic() - started < 3
    timer.join()


def test_an_event_that_commits_late_with_a_low_number_is_not_passed_over(desk: Desk):
    late = desk.held.start()
    early = desk.held.start()
    owner = desk.held.user_id
    with desk.held.worker_sessions.for_user(owner) as session:
        # Its number is given now, its commit comes after that of the next.
        publish(session, MEETING_ENDED, owner_id=owner, meeting_id=late)
        desk.held.calls.end_call(owner, early, "ended_by_person")
        assert desk.requested(sensors.ended_calls) == both_jobs(early)

    assert desk.requested(sensors.ended_calls) == both_jobs(late)


def test_the_cursor_holds_only_what_still_waits(desk: Desk):
    meeting_id = desk.held.hold()
    desk.tick(sensors.ended_calls)
    (event,) = desk.events(meeting_id)
    assert json.loads(desk.cursor or "") == [event.id]

    Outbox(desk.held.worker_sessions).mark_done([event.id or 0])
    desk.tick(sensors.ended_calls)

    assert json.loads(desk.cursor or "") == []


def test_a_lost_cursor_starts_only_what_is_not_done(desk: Desk):
    done, open_ = desk.held.hold(), desk.held.hold()
    outbox = Outbox(desk.held.worker_sessions)
    outbox.mark_done(outbox.pending_ids(done))

    desk.cursor = None

    assert desk.requested(sensors.ended_calls) == both_jobs(open_)


def test_an_event_without_results_or_run_is_started_again_with_another_key(desk: Desk):
    meeting_id = desk.held.hold()
    first = desk.tick(sensors.ended_calls)
    assert desk.requested(sensors.overdue_calls) == [], "it has only just begun"
    desk.age_events()

    again = desk.tick(sensors.overdue_calls)

    assert isinstance(first, dg.SensorResult)
    assert isinstance(again, dg.SensorResult)
    keys = [{request.run_key for request in result.run_requests or []} for result in (first, again)]
    assert len(keys[1]) == 2
    assert not keys[0] & keys[1]
    assert [event.attempts for event in desk.events(meeting_id)] == [1]


def test_a_meeting_that_is_being_worked_on_is_left_alone(desk: Desk):
    meeting_id = desk.held.hold()
    desk.age_events()
    run = dg.DagsterRun(
        job_name="process_meeting", status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": str(meeting_id)}
    )
    desk.instance.add_run(run)

    assert desk.requested(sensors.overdue_calls) == []
    assert [event.attempts for event in desk.events(meeting_id)] == [0]


@pytest.mark.parametrize(("decision", "is_final"), [("true", False), ("false", True), (None, False)])
def test_a_failure_is_final_only_when_dagster_says_so(desk: Desk, decision: str | None, is_final: bool):
    run = dg.DagsterRun(job_name="process_meeting", status=dg.DagsterRunStatus.FAILURE)
    desk.instance.add_run(run)

    def decide() -> None:
        if decision:
            desk.instance.add_run_tags(run.run_id, {"dagster/will_retry": decision})

    timer = threading.Timer(0.2, decide)
    timer.start()

    assert sensors.is_final_failure(desk.instance, run.run_id, within_s=1.0) is is_final
    timer.join()


@pytest.mark.parametrize(
    ("status", "reason"),
    [(dg.DagsterRunStatus.FAILURE, BROKEN), (dg.DagsterRunStatus.CANCELED, sensors.STOPPED)],
)
def test_media_that_will_not_come_are_noted_as_failed_and_the_meeting_goes_on(
    desk: Desk, status: dg.DagsterRunStatus, reason: str
):
    meeting_id = desk.held.hold()

    desk.end("process_media", meeting_id, status)

    assert desk.failures(meeting_id) == {"recording": reason}
    assert desk.held.status(meeting_id) == MeetingStatus.PROCESSING


def test_of_the_media_the_step_is_to_blame_that_has_no_outcome(desk: Desk):
    meeting_id = desk.held.hold()
    desk.peak.insights.note_step_done(
        desk.held.user_id, meeting_id, "recording", StepFacts(), run_id="run", duration_ms=1
    )

    desk.end("process_media", meeting_id, dg.DagsterRunStatus.FAILURE)

    assert desk.failures(meeting_id) == {"delivery": BROKEN}


def test_a_step_that_said_itself_why_it_failed_is_believed(desk: Desk):
    meeting_id = desk.held.hold()
    desk.peak.insights.note_step_failed(
        desk.held.user_id, meeting_id, "recording", "The disk is full.", run_id="run", duration_ms=1
    )

    desk.end("process_media", meeting_id, dg.DagsterRunStatus.FAILURE)

    assert desk.failures(meeting_id) == {"recording": "The disk is full."}


def test_media_that_another_run_is_making_have_not_failed(desk: Desk):
    meeting_id = desk.held.hold()
    tags = {"dagster/partition": str(meeting_id)}
    desk.instance.add_run(dg.DagsterRun(job_name="process_media", status=dg.DagsterRunStatus.STARTED, tags=tags))

    desk.end("process_media", meeting_id, dg.DagsterRunStatus.FAILURE)

    assert desk.failures(meeting_id) == {}


def test_try_again_starts_the_media_anew_and_their_failure_counts_no_more(desk: Desk):
    meeting_id = desk.held.hold()
    desk.requested(sensors.ended_calls)
    desk.end("process_media", meeting_id, dg.DagsterRunStatus.FAILURE)
    desk.held.meetings.complete_meeting(desk.held.user_id, meeting_id)

    desk.held.meetings.retry_processing(desk.held.user_id, meeting_id)

    assert ("process_media", str(meeting_id)) in desk.requested(sensors.ended_calls)
    results = desk.peak.insights.get_results(desk.held.user_id, meeting_id)
    assert results.find_failure("recording") is None
    desk.end("process_media", meeting_id, dg.DagsterRunStatus.FAILURE)
    again = desk.peak.insights.get_results(desk.held.user_id, meeting_id).find_failure("recording")
    assert again is not None


def test_a_run_of_the_results_that_failed_for_good_fails_its_meeting(desk: Desk):
    meeting_id = desk.held.hold()

    desk.end("process_meeting", meeting_id, dg.DagsterRunStatus.FAILURE)

    view = desk.held.meetings.get_meeting(desk.held.user_id, meeting_id)
    assert (view.status, view.status_reason) == (MeetingStatus.FAILED, BROKEN)


def test_after_many_attempts_a_meeting_is_given_up_with_a_sentence(desk: Desk):
    meeting_id = desk.held.hold()
    for _ in range(MAX_ATTEMPTS):
        desk.age_events()
        desk.tick(sensors.overdue_calls)

    view = desk.held.meetings.get_meeting(desk.held.user_id, meeting_id)
    assert view.status == MeetingStatus.FAILED
    assert view.status_reason.endswith(".")
    assert all(event.done_at for event in desk.events(meeting_id))


def test_a_meeting_in_processing_without_an_event_gets_a_new_one(desk: Desk):
    stranded, fine = desk.held.hold(), desk.held.hold()
    outbox = Outbox(desk.held.worker_sessions)
    outbox.mark_done(outbox.pending_ids(stranded))

    desk.tick(sensors.stranded_meetings)
    desk.tick(sensors.stranded_meetings)

    assert [event.done_at is None for event in desk.events(stranded)].count(True) == 1
    assert len(desk.events(fine)) == 1


def test_meetings_of_several_people_are_started_in_one_tick(desk: Desk):
    other = HeldCalls(desk.held.sessions, desk.held.worker_sessions)
    meetings = [desk.held.hold(), other.hold()]

    starts = desk.requested(sensors.ended_calls)

    # All results before the first recording.
    assert starts == [(job, str(meeting)) for job in ("process_meeting", "process_media") for meeting in meetings]
    assert [Outbox(desk.held.worker_sessions).find_owner(meeting) for meeting in meetings] == [
        desk.held.user_id,
        other.user_id,
    ]

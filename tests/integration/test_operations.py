"""What the person who runs the installation sees of everyone's results, and is told of; and that nobody else does."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from peak_app.db.models import Mail, OutboxEvent
from peak_app.domain.insights.models import PipelineStep
from peak_app.domain.insights.service import InsightService
from peak_app.domain.insights.steps import SUMMARY, TRANSCRIPT, StepFacts
from peak_app.domain.operations.alerts import LISTED, PAUSE, AlertService
from peak_app.domain.operations.service import OperationsService
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import NotFound
from peak_app.metrics.run_counts import RunCounts
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.fakes.language import FakeLanguage
from tests.held_calls import HeldCalls
from tests.people import register

RUNS = RunCounts(waiting=3, running=1, backfill_runs=2, backfills=1)
ORIGIN = "https://peak.example.org"


@dataclass
class Room:
    """The operator, and someone else who holds calls."""

    database: ScratchDatabase
    held: HeldCalls
    operator_id: UUID

    def overview(self, user_id: UUID | None = None):
        service = OperationsService(self.held.sessions, self.database.settings, system_clock, lambda: RUNS)
        return service.get_overview(user_id or self.operator_id)

    def note_summary(self, meeting_id: UUID, *, seconds_after: float, is_unchanged: bool = False) -> None:
        """A summary that came so long after hanging up."""
        insights = InsightService(self.held.worker_sessions, FakeLanguage(), self._clock(meeting_id, seconds_after))
        step = StepFacts({}, is_unchanged)
        insights.note_step_done(self.held.user_id, meeting_id, SUMMARY, step, run_id="run-1", duration_ms=5)

    def note_failure(self, meeting_id: UUID, name: str, reason: str) -> None:
        insights = InsightService(self.held.worker_sessions, FakeLanguage(), system_clock)
        insights.note_step_failed(self.held.user_id, meeting_id, name, reason, run_id="run-7", duration_ms=5)

    def _clock(self, meeting_id: UUID, seconds_after: float) -> FakeClock:
        with self.held.worker_sessions.without_tenant() as session:
            event = session.exec(select(OutboxEvent).where(OutboxEvent.meeting_id == meeting_id)).one()
            return FakeClock(event.created_at + timedelta(seconds=seconds_after))

    def mails(self) -> list[Mail]:
        with self.held.sessions.mailroom() as session:
            return list(session.exec(select(Mail).order_by(Mail.created_at)).all())  # pyright: ignore[reportArgumentType]


@pytest.fixture
def room(database: ScratchDatabase, held: HeldCalls) -> Room:
    operator = register(held.sessions, "operator@example.org")
    with database.server.superuser(DATABASE) as connection:
        connection.execute("update installation set operator_id = %s", (operator.user_id,))
    return Room(database, held, operator.user_id)


def test_waiting_calls_and_delays_of_everyone_are_counted(room: Room):
    quick, slow, again = (room.held.hold() for _ in range(3))
    room.note_summary(quick, seconds_after=2)
    room.note_summary(slow, seconds_after=6)
    room.note_summary(again, seconds_after=900, is_unchanged=True)

    seen = room.overview()

    assert seen.waiting == 3
    assert seen.waiting_since is not None
    assert seen.runs == RUNS
    assert (seen.day.meetings, seen.week.meetings) == (2, 2)
    assert seen.day.p50_s == pytest.approx(4)
    assert seen.day.p95_s == pytest.approx(5.8)


def test_without_any_meeting_no_figure_is_made_up(room: Room):
    seen = room.overview()

    assert (seen.waiting, seen.waiting_since, seen.failures) == (0, None, [])
    assert (seen.day.meetings, seen.day.p50_s, seen.day.p95_s) == (0, None, None)


def test_failures_come_with_reason_and_run_until_they_are_mended(room: Room):
    meeting_id = room.held.hold()
    room.note_failure(meeting_id, SUMMARY, "The text model is busy.")

    (failure,) = room.overview().failures
    assert (failure.meeting_id, failure.step, failure.reason, failure.run_id) == (
        meeting_id,
        SUMMARY,
        "The text model is busy.",
        "run-7",
    )

    room.note_summary(meeting_id, seconds_after=60)
    assert room.overview().failures == []


def test_whoever_does_not_run_the_installation_sees_none_of_it(room: Room):
    meeting_id = room.held.hold()
    room.note_failure(meeting_id, TRANSCRIPT, "It failed.")
    stranger = register(room.held.sessions, "stranger@example.org")

    with pytest.raises(NotFound):
        room.overview(stranger.user_id)
    with room.held.sessions.for_user(stranger.user_id) as session:
        assert session.exec(select(PipelineStep)).all() == []
        assert session.exec(select(OutboxEvent)).all() == []


def test_the_operator_sees_outcomes_of_others_but_no_words_of_theirs(room: Room):
    meeting_id = room.held.hold()
    insights = InsightService(room.held.worker_sessions, FakeLanguage(), system_clock)
    insights.make_transcript(room.held.user_id, meeting_id)

    with pytest.raises(NotFound):
        insights.get_results(room.operator_id, meeting_id)
    with room.held.sessions.for_user(room.operator_id) as session:
        for table in ("meeting", "transcript", "utterance", "summary", "search_chunk"):
            assert session.connection().exec_driver_sql(f"select count(*) from {table}").scalar() == 0


class TestAlerts:
    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    @pytest.fixture
    def alerts(self, room: Room, clock: FakeClock) -> AlertService:
        return AlertService(room.held.worker_sessions, clock, ORIGIN)

    def test_a_run_is_told_of_once(self, room: Room, alerts: AlertService, clock: FakeClock):
        meeting_id = room.held.hold()
        assert alerts.note_failure("run-7", "process_meeting", "The text model is busy.", meeting_id)
        assert not alerts.note_failure("run-7", "process_meeting", "The text model is busy.", meeting_id)

        assert alerts.send_due() == 1
        clock.pass_time(hours=1)
        assert alerts.send_due() == 0

        (mail,) = room.mails()
        assert (mail.to_email, mail.link) == ("operator@example.org", f"{ORIGIN}/operations")
        assert mail.subject == "A run of PeakInterviewsAI's pipeline failed"
        assert "process_meeting: The text model is busy.\n" in mail.text
        assert f"{ORIGIN}/ops/runs/run-7" in mail.text

    def test_many_failures_make_one_mail_in_ten_minutes(self, room: Room, alerts: AlertService, clock: FakeClock):
        alerts.note_failure("first", "housekeeping", "It failed.")
        assert alerts.send_due() == 1
        for number in range(LISTED + 2):
            alerts.note_failure(f"run-{number}", "process_meeting", "The text model is busy.")
        assert alerts.send_due() == 0

        clock.pass_time(seconds=PAUSE.total_seconds())
        assert alerts.send_due() == LISTED + 2

        _, mail = room.mails()
        assert mail.subject.startswith(f"{LISTED + 2} runs")
        assert (mail.text.count("/ops/runs/"), "... and 2 more." in mail.text) == (LISTED, True)

    def test_nobody_is_told_while_nobody_runs_the_installation(self, room: Room, alerts: AlertService):
        with room.database.server.superuser(DATABASE) as connection:
            connection.execute("update installation set operator_id = null")

        assert not alerts.note_failure("run-7", "process_meeting", "It failed.")
        assert alerts.send_due() == 0

    def test_the_pipeline_can_write_mail_to_the_person_it_acts_for_and_to_nobody_else(self, room: Room):
        with (
            pytest.raises(DBAPIError, match="row-level security"),
            room.held.worker_sessions.for_user(room.held.user_id) as session,
        ):
            session.add(Mail(to_email="operator@example.org", subject=str(uuid4()), text="Hello"))

    def test_an_alert_is_no_call_that_waits(self, room: Room, alerts: AlertService):
        alerts.note_failure("run-7", "process_meeting", "It failed.")

        assert room.overview().waiting == 0

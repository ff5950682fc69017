"""The flight recorder: how any meeting went, for the operator alone, without a word of it; and repairing it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select

from peak_app.db.models import AuditEntry, OutboxEvent
from peak_app.domain.insights.models import Making, PipelineStep
from peak_app.domain.insights.service import InsightService
from peak_app.domain.insights.steps import SUMMARY, TRANSCRIPT, StepFacts
from peak_app.domain.meetings.bridges import BridgeService
from peak_app.domain.meetings.deletion import DeletionService
from peak_app.domain.meetings.models import DeletionReceipt, MeetingEvent
from peak_app.domain.meetings.places import BridgeState
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.operations.recorder import FOUND_LIMIT, Flight, RecorderService
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import Conflict, InvalidInput, NotFound
from peak_app.migrations.migrate import migrate
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.fakes.language import FakeLanguage
from tests.held_calls import HeldCalls
from tests.people import register

SECRET = "xylograph"
TABLES = (MeetingEvent, OutboxEvent, PipelineStep, Making, DeletionReceipt)


@dataclass
class Tower:
    """The operator, and someone else who holds calls."""

    database: ScratchDatabase
    held: HeldCalls
    operator_id: UUID

    def __post_init__(self) -> None:
        self.recorder = RecorderService(self.held.sessions, system_clock)
        self.meetings = MeetingService(self.held.worker_sessions, system_clock)

    def flight(self, meeting_id: UUID) -> Flight:
        return self.recorder.get_flight(self.operator_id, meeting_id)

    def told(self, meeting_id: UUID) -> list[tuple[str, str]]:
        return [(entry.kind, entry.detail) for entry in self.flight(meeting_id).entries]

    def fail(self, meeting_id: UUID, reason: str = "The text model is busy.") -> None:
        insights = InsightService(self.held.worker_sessions, FakeLanguage(), system_clock)
        insights.note_step_failed(self.held.user_id, meeting_id, SUMMARY, reason, run_id="run-7", duration_ms=2500)
        self.meetings.fail_meeting(self.held.user_id, meeting_id, reason=reason)
        self.settle(meeting_id)

    def settle(self, meeting_id: UUID) -> None:
        with self.held.worker_sessions.without_tenant() as session:
            for event in session.exec(select(OutboxEvent).where(OutboxEvent.meeting_id == meeting_id)).all():
                event.done_at = datetime.now(UTC)

    def open_events(self, meeting_id: UUID) -> int:
        with self.held.worker_sessions.without_tenant() as session:
            events = session.exec(select(OutboxEvent).where(OutboxEvent.meeting_id == meeting_id)).all()
            return sum(event.done_at is None for event in events)

    def actions(self, user_id: UUID) -> list[str]:
        with self.held.sessions.for_user(user_id) as session:
            return [entry.action for entry in session.exec(select(AuditEntry)).all()]


@pytest.fixture
def tower(database: ScratchDatabase, held: HeldCalls) -> Tower:
    operator = register(held.sessions, "operator@example.org")
    with database.server.superuser(DATABASE) as connection:
        connection.execute("update installation set operator_id = %s", (operator.user_id,))
    return Tower(database, held, operator.user_id)


class TestFlights:
    def test_a_call_is_told_from_its_plan_to_its_end(self, tower: Tower) -> None:
        held, calls = tower.held, tower.held.calls
        at = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=1)
        meeting_id = held.meetings.create_meeting(
            held.user_id, title=SECRET, agent_id=held.agent_id, scheduled_at=at
        ).meeting_id
        calls.open_call(held.user_id, meeting_id, "bridge-1")
        calls.mark_connected(held.user_id, meeting_id, "bridge-1")
        calls.mark_disconnected(held.user_id, meeting_id, "bridge-1")
        calls.open_call(held.user_id, meeting_id, "bridge-2")
        calls.mark_connected(held.user_id, meeting_id, "bridge-2")
        calls.note_model_lost(held.user_id, meeting_id, 2)
        calls.end_call(held.user_id, meeting_id, "minutes_up")

        told = tower.told(meeting_id)
        assert told == [
            ("created", f"{at:%Y-%m-%dT%H:%MZ}"),
            ("taken", "bridge-1"),
            ("became", "live"),
            ("connected", "bridge-1"),
            ("disconnected", "bridge-1"),
            ("taken", "bridge-2"),
            ("connected", "bridge-2"),
            ("model_lost", "2"),
            ("became", "processing"),
            ("ended", "minutes_up"),
            told[-1],
        ]
        assert told[-1][0] == "asked"
        assert tower.flight(meeting_id).status is MeetingStatus.PROCESSING

    def test_a_bridge_that_goes_on_with_its_own_call_does_not_take_it_again(self, tower: Tower) -> None:
        meeting_id = tower.held.start()
        tower.held.calls.open_call(tower.held.user_id, meeting_id, "bridge-1")
        assert [kind for kind, _ in tower.told(meeting_id)].count("taken") == 1

    def test_a_place_on_a_bridge_is_told_once_also_when_the_bridge_then_opens_the_call(self, tower: Tower) -> None:
        held = tower.held
        meeting_id = held.meetings.create_meeting(held.user_id, title="One", agent_id=held.agent_id).meeting_id
        bridges = BridgeService(held.worker_sessions, system_clock, most_lag_ms=10.0)
        bridge = BridgeState("bridge-1", "http://127.0.0.1:1", 4, 0, 0.0, is_draining=False)
        bridges.beat(bridge)
        bridges.admit(held.user_id, meeting_id, bridge)
        held.calls.open_call(held.user_id, meeting_id, "bridge-1")
        assert [entry for entry in tower.told(meeting_id) if entry[0] == "taken"] == [("taken", "bridge-1")]

    def test_steps_come_with_time_run_and_reason(self, tower: Tower) -> None:
        meeting_id = tower.held.hold()
        insights = InsightService(tower.held.worker_sessions, FakeLanguage(), system_clock)
        done = StepFacts({"input": "ab"})
        insights.note_step_done(tower.held.user_id, meeting_id, TRANSCRIPT, done, run_id="run-6", duration_ms=40)
        tower.fail(meeting_id)

        entries = {(entry.kind, entry.detail): entry for entry in tower.flight(meeting_id).entries}
        failed = entries["step_failed", SUMMARY]
        assert (failed.reason, failed.took_ms, failed.run_id) == ("The text model is busy.", 2500, "run-7")
        made = entries.get(("made", TRANSCRIPT)) or entries["step_done", TRANSCRIPT]
        assert (made.took_ms, made.run_id) == (40, "run-6")
        assert ("became", "failed") in entries
        assert any(kind == "settled" for kind, _ in entries)

    def test_a_deleted_meeting_leaves_when_and_how_much(self, tower: Tower) -> None:
        meeting_id = tower.held.hold()
        DeletionService(tower.held.sessions, system_clock).delete_meeting(tower.held.user_id, meeting_id)

        flight = tower.flight(meeting_id)
        assert flight.status is None
        assert [entry.kind for entry in flight.entries] == ["deleted"]
        assert not flight.can_repair
        with pytest.raises(NotFound):
            tower.recorder.repair(tower.operator_id, meeting_id)

    def test_meetings_of_before_are_told_as_far_as_they_know(self, tower: Tower) -> None:
        meeting_id = tower.held.hold()
        migrate(tower.database.settings, "0009")
        migrate(tower.database.settings)
        told = tower.told(meeting_id)
        assert [entry for entry in told if entry[0] in ("created", "became")] == [
            ("created", ""),
            ("became", "live"),
            ("became", "processing"),
        ]

    def test_what_happened_can_not_be_written_anew(self, tower: Tower) -> None:
        tower.held.hold()
        with (
            pytest.raises(Exception, match="permission denied"),
            tower.held.worker_sessions.for_user(tower.held.user_id) as session,
        ):
            session.execute(text("update meeting_event set detail = ''"))


class TestFinding:
    @pytest.mark.parametrize("length", [6, 8, 13, 36])
    def test_by_the_beginning_of_an_id(self, tower: Tower, length: int) -> None:
        meeting_id = tower.held.hold()
        found = tower.recorder.find_meetings(tower.operator_id, str(meeting_id)[:length].upper())
        assert meeting_id in {each.meeting_id for each in found}
        assert tower.recorder.find_meetings(tower.operator_id, "ffffffff") == []

    def test_deleted_ones_are_found_too(self, tower: Tower) -> None:
        meeting_id = tower.held.hold()
        DeletionService(tower.held.sessions, system_clock).delete_meeting(tower.held.user_id, meeting_id)
        (found,) = tower.recorder.find_meetings(tower.operator_id, str(meeting_id))
        assert found.meeting_id == meeting_id

    def test_at_most_so_many(self, tower: Tower) -> None:
        for _ in range(FOUND_LIMIT + 2):
            service = MeetingService(tower.held.sessions, system_clock)
            meeting = service.create_meeting(tower.held.user_id, title="One", agent_id=tower.held.agent_id)
        prefix = str(meeting.meeting_id)[:6]
        assert len(tower.recorder.find_meetings(tower.operator_id, prefix)) == FOUND_LIMIT

    @pytest.mark.parametrize("junk", ["", "abc", "%", "g" * 8, "0" * 33, None, 7, {"a": 1}, "' or 1=1 --", "ab cd ef"])
    def test_nonsense_is_refused_with_a_sentence(self, tower: Tower, junk: object) -> None:
        with pytest.raises(InvalidInput, match="at least 6 characters"):
            tower.recorder.find_meetings(tower.operator_id, junk)

    def test_of_an_id_nobody_has_nothing_is_known(self, tower: Tower) -> None:
        with pytest.raises(NotFound):
            tower.flight(uuid4())


class TestRepair:
    def test_a_failed_meeting_is_made_anew_once_however_often_it_is_pressed(self, tower: Tower) -> None:
        meeting_id = tower.held.hold()
        tower.fail(meeting_id)
        assert tower.flight(meeting_id).can_repair

        assert [tower.recorder.repair(tower.operator_id, meeting_id) for _ in range(3)] == [True, False, False]

        assert tower.held.status(meeting_id) is MeetingStatus.PROCESSING
        assert tower.open_events(meeting_id) == 1
        assert tower.actions(tower.operator_id).count("results_repaired") == 1
        assert tower.actions(tower.held.user_id).count("results_repaired_by_operator") == 1
        assert not tower.flight(meeting_id).can_repair

    def test_a_stranded_one_gets_its_event_back(self, tower: Tower) -> None:
        meeting_id = tower.held.hold()
        tower.settle(meeting_id)
        assert tower.flight(meeting_id).can_repair

        assert tower.recorder.repair(tower.operator_id, meeting_id)
        assert not tower.recorder.repair(tower.operator_id, meeting_id)
        assert tower.open_events(meeting_id) == 1

    def test_a_completed_one_is_made_anew_only_if_a_step_of_it_failed(self, tower: Tower) -> None:
        meeting_id = tower.held.hold()
        tower.settle(meeting_id)
        tower.meetings.complete_meeting(tower.held.user_id, meeting_id)
        with pytest.raises(Conflict, match="nothing to repair"):
            tower.recorder.repair(tower.operator_id, meeting_id)

        insights = InsightService(tower.held.worker_sessions, FakeLanguage(), system_clock)
        insights.note_step_failed(tower.held.user_id, meeting_id, "recording", "No disk.", run_id="r", duration_ms=1)
        assert tower.recorder.repair(tower.operator_id, meeting_id)

    def test_one_that_waits_for_its_results_anyway_is_left_alone(self, tower: Tower) -> None:
        meeting_id = tower.held.hold()
        assert not tower.flight(meeting_id).can_repair
        assert tower.recorder.repair(tower.operator_id, meeting_id) is False
        assert tower.open_events(meeting_id) == 1

    def test_a_call_that_is_held_or_was_never_held_has_nothing_to_repair(self, tower: Tower) -> None:
        live = tower.held.start()
        planned = tower.held.meetings.create_meeting(tower.held.user_id, title="Later", agent_id=tower.held.agent_id)
        for meeting_id in (live, planned.meeting_id):
            with pytest.raises(Conflict):
                tower.recorder.repair(tower.operator_id, meeting_id)


class TestTenancy:
    def test_nobody_but_the_operator_gets_anything(self, tower: Tower) -> None:
        meeting_id = tower.held.hold()
        tower.fail(meeting_id)
        stranger = register(tower.held.sessions, "stranger@example.org").user_id
        for who in (stranger, tower.held.user_id, uuid4()):
            for use in (
                lambda who=who: tower.recorder.get_flight(who, meeting_id),
                lambda who=who: tower.recorder.find_meetings(who, str(meeting_id)),
                lambda who=who: tower.recorder.repair(who, meeting_id),
            ):
                with pytest.raises(NotFound, match="no such page"):
                    use()
        with tower.held.sessions.for_user(stranger) as session:
            assert [session.exec(select(table)).all() for table in TABLES] == [[]] * len(TABLES)
        assert tower.held.status(meeting_id) is MeetingStatus.FAILED

    def test_the_operator_gets_no_word_of_anyone(self, tower: Tower) -> None:
        held = tower.held
        meeting_id = held.hold((("candidate", f"I know of {SECRET}."),))
        with held.sessions.for_user(held.user_id) as session:
            session.execute(text("update meeting set title = :words"), {"words": SECRET})
        tower.fail(meeting_id)
        cancelled = held.meetings.create_meeting(held.user_id, title=SECRET, agent_id=held.agent_id).meeting_id
        held.meetings.cancel_meeting(held.user_id, cancelled, reason=f"Because of {SECRET}")

        assert SECRET not in repr([tower.flight(meeting_id), tower.flight(cancelled)])
        assert ("became", "cancelled") in tower.told(cancelled)
        with held.sessions.for_user(tower.operator_id) as session:
            assert SECRET not in repr([[vars(row) for row in session.exec(select(table)).all()] for table in TABLES])
            for table in ("meeting", "utterance", "transcript", "summary", "account", "audit_entry", "usage_entry"):
                others = session.execute(text(f"select count(*) from {table} where {_owner(table)} <> :me"), _me(tower))
                assert others.scalar_one() == 0, table

    def test_the_operator_writes_nothing_into_the_tables_they_see(self, tower: Tower) -> None:
        meeting_id = tower.held.hold()
        tower.fail(meeting_id)
        with tower.held.sessions.for_user(tower.operator_id) as session:
            for change in ("update pipeline_step set reason = ''", "delete from outbox_event", "delete from making"):
                assert session.execute(text(change)).rowcount == 0  # pyright: ignore[reportAttributeAccessIssue]


def _owner(table: str) -> str:
    return "id" if table == "account" else "owner_id"


def _me(tower: Tower) -> dict[str, UUID]:
    return {"me": tower.operator_id}

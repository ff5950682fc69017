"""A meeting is deleted: what goes, what stays, and that nothing brings it back."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import dagster as dg
import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import select

from peak_app.db.models import AuditEntry, OutboxEvent
from peak_app.db.outbox import MEETING_DELETED
from peak_app.domain.billing.models import UsageEntry
from peak_app.domain.billing.service import BillingService
from peak_app.domain.meetings.deletion import DELETED_PER_HOUR, DeletionService
from peak_app.domain.meetings.models import DeletionReceipt
from peak_app.domain.meetings.parts import tables_of_a_meeting
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import Conflict, NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.migrations.tables import metadata
from peak_app.ports.clock import system_clock
from peak_app.ports.language import MeetingSummary, MeetingText
from peak_app.wiring import Services
from pipelines.definitions import defs
from pipelines.defs.housekeeping import assets
from pipelines.defs.housekeeping.assets import deletion_sweep
from pipelines.defs.meetings import deletion
from pipelines.defs.meetings.deletion import STAGES, Erasure, deleted_meetings
from pipelines.deletions import Deletions
from pipelines.instance import prepare
from tests.camera_files import camera_stream, tone, write_camera, write_voice
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.fakes.language import FakeLanguage, plain_summary
from tests.held_calls import HeldCalls
from tests.people import register
from tests.scripted_services import ScriptedServices

KEPT = {"usage_entry", "model_usage", "deletion_receipt"}
"""Tables that keep the id of a deleted meeting: what was used stays used, and the receipt says what it is for."""


class Desk:
    """One person, the pipeline in this process, and Dagster's own database."""

    def __init__(self, database: ScratchDatabase, held: HeldCalls, instance: dg.DagsterInstance) -> None:
        self.database = database
        self.held = held
        self.instance = instance
        self.repository = defs().get_repository_def()
        self.web = ScriptedServices(database.settings, "web")

    @property
    def user_id(self) -> UUID:
        return self.held.user_id

    def worker(self, language: FakeLanguage | None = None) -> Services:
        return ScriptedServices(self.database.settings, "worker", language or FakeLanguage())

    def folder(self, meeting_id: UUID) -> Path:
        return self.database.settings.home / "media" / str(self.user_id) / str(meeting_id)

    def run(self, meeting_id: UUID, job: str, language: FakeLanguage | None = None) -> bool:
        self.instance.add_dynamic_partitions("meetings", [str(meeting_id)])
        return (
            self.repository.get_job(job)
            .execute_in_process(
                partition_key=str(meeting_id),
                instance=self.instance,
                resources={"peak": self.worker(language)},
                raise_on_error=False,
            )
            .success
        )

    def hold_everything(self) -> UUID:
        """A meeting with all that can come of one: results, recording, a question, a late piece of the camera."""
        meeting_id = self.held.start()
        self.held.connected_for(meeting_id, 61)
        live = self.folder(meeting_id) / "live"
        write_voice(live, 0, 0, tone(1, 440), tone(1, 900))
        write_camera(live, 0, 0, camera_stream(1), 2)
        self.held.calls.end_call(self.user_id, meeting_id, "ended_by_person")
        assert self.run(meeting_id, "process_meeting")
        assert self.run(meeting_id, "process_media")
        self.worker().corrections.correct_line(self.user_id, meeting_id, "L2", "I led the migration of our billing.")
        for asked_about in (meeting_id, None):
            self.worker().asking.ask(self.user_id, asked_about, "What did I say about the backfill?")
        write_camera(live, 1, 0, b"\x1a\x45\xdf\xa3 came too late", 1)
        (self.folder(meeting_id) / ".recording.4711.webm").write_bytes(b"half")
        return meeting_id

    def delete(self, meeting_id: UUID) -> DeletionReceipt:
        return self.web.deletions.delete_meeting(self.user_id, meeting_id)

    def age_events(self) -> None:
        with self.database.server.superuser(DATABASE) as connection:
            connection.execute("update outbox_event set created_at = created_at - interval '1 day'")

    def tick(self) -> list[dg.RunRequest]:
        context = dg.build_sensor_context(instance=self.instance, resources={"peak": self.worker()})
        result = deleted_meetings(context)
        return list(result.run_requests or []) if isinstance(result, dg.SensorResult) else []

    def erase(self) -> list[bool]:
        """What the daemon and its worker do with each deletion that is due; whether it worked."""
        self.age_events()
        return [
            self.repository.get_job("delete_meeting")
            .execute_in_process(
                run_config=request.run_config,
                tags=dict(request.tags),
                instance=self.instance,
                resources={"peak": self.worker()},
                raise_on_error=False,
            )
            .success
            for request in self.tick()
        ]

    def receipt(self) -> DeletionReceipt:
        (receipt,) = self.web.deletions.list_receipts(self.user_id)
        return receipt

    def rows_left(self, meeting_id: UUID) -> dict[str, int]:
        """Rows of any table of the product that name the meeting in whatever column, seen by nobody's policies."""
        with self.database.server.superuser(DATABASE) as connection:
            found = {
                name: connection.execute(
                    f"select count(*) from {name} t where to_jsonb(t)::text like %s".encode(), (f"%{meeting_id}%",)
                ).fetchone()
                for name in metadata.tables
            }
        return {name: count[0] for name, count in found.items() if count and count[0]}

    def history_left(self, meeting_id: UUID) -> dict[str, int]:
        """Rows of any table of Dagster that name the meeting in whatever column."""
        with psycopg.connect(self.database.dagster_url) as connection:
            tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
            found = {
                name: connection.execute(
                    f'select count(*) from "{name}" t where to_jsonb(t)::text like %s'.encode(), (f"%{meeting_id}%",)
                ).fetchone()
                for (name,) in tables
            }
        return {name: count[0] for name, count in found.items() if count and count[0]}

    def run_ids_left(self, run_ids: list[str]) -> int:
        with psycopg.connect(self.database.dagster_url) as connection:
            (count,) = connection.execute(
                """select (select count(*) from event_logs where run_id = any(%(ids)s))
                     + (select count(*) from runs where run_id = any(%(ids)s))
                     + (select count(*) from asset_check_executions where run_id = any(%(ids)s))
                     + (select count(*) from peak_run_queue where run_id = any(%(ids)s))""",
                {"ids": run_ids},
            ).fetchone() or (0,)
        return count


@pytest.fixture
def desk(database: ScratchDatabase, held: HeldCalls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in ("DAGSTER_HOME", "PEAK_DAGSTER_SQLALCHEMY_URL", "PEAK_DAGSTER_PLAIN_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("DAGSTER_RUN_STATUS_SENSOR_PROCESS_LIMIT", "25")
    prepare(database.settings)
    with dg.DagsterInstance.get() as instance:
        yield Desk(database, held, instance)
    with psycopg.connect(database.dagster_url, autocommit=True) as connection:
        for (name,) in connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
            if name not in ("alembic_version", "secondary_indexes", "instance_info"):
                connection.execute(f'truncate "{name}" cascade'.encode())


def test_the_moment_it_is_asked_for_no_row_of_the_meeting_is_left(desk: Desk):
    meeting_id = desk.hold_everything()
    before = desk.rows_left(meeting_id)

    receipt = desk.delete(meeting_id)

    assert set(before) >= {"meeting", "utterance", "transcript", "summary", "search_chunk", "chat_message", "recording"}
    assert set(desk.rows_left(meeting_id)) == {*KEPT, "audit_entry"}
    assert receipt.row_counts.items() >= {"meeting": 1, "utterance": 6, "search_chunk": 6, "chat_message": 2}.items()
    assert receipt.done_at is None
    with pytest.raises(NotFound):
        desk.web.meetings.get_meeting(desk.user_id, meeting_id)
    with pytest.raises(NotFound):
        desk.web.recordings.open_recording(desk.user_id, meeting_id)
    assert desk.web.meetings.list_meetings(desk.user_id).total == 0
    assert desk.web.progress.get_progress(desk.user_id, UTC).attempts == []


def test_no_table_with_something_of_a_meeting_is_forgotten():
    named = {name for name, table in metadata.tables.items() if "meeting_id" in table.columns}

    assert named - {table.name for table in tables_of_a_meeting()} == KEPT
    for table in tables_of_a_meeting():
        (key,) = (key for key in table.foreign_keys if key.column.table.name == "meeting")
        assert (key.parent.name, key.ondelete) == ("meeting_id", "CASCADE"), table.name


def test_then_its_files_and_what_dagster_knows_of_it_go_too(desk: Desk):
    meeting_id = desk.hold_everything()
    run_ids = [run.run_id for run in desk.instance.get_runs()]
    assert desk.history_left(meeting_id).keys() >= {"event_logs", "runs", "run_tags", "dynamic_partitions"}
    files = [path for path in desk.folder(meeting_id).rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    desk.delete(meeting_id)

    assert desk.erase() == [True]

    assert not desk.folder(meeting_id).exists()
    assert desk.history_left(meeting_id) == {}
    assert desk.run_ids_left(run_ids) == 0
    receipt = desk.receipt()
    assert (receipt.file_count, receipt.byte_count, receipt.run_count) == (len(files), size, 2)
    assert receipt.done_at is not None
    assert desk.erase() == []
    written = [path for path in (desk.database.settings.home / "dagster").rglob("*") if path.is_file()]
    assert not [path for path in written if str(meeting_id) in path.name + path.read_text(errors="replace")]


def test_what_belongs_to_other_meetings_stays(desk: Desk):
    gone, kept = desk.hold_everything(), desk.hold_everything()
    before = (desk.rows_left(kept), desk.history_left(kept), sorted(desk.folder(kept).rglob("*")))
    desk.delete(gone)
    desk.erase()

    after = (desk.rows_left(kept), desk.history_left(kept), sorted(desk.folder(kept).rglob("*")))
    assert after[0] == before[0]
    assert after[2] == before[2]
    # The last event of an asset may have been one of the other meeting; caches are made anew.
    assert {name: after[1][name] for name in before[1] if name != "asset_keys"} == {
        name: count for name, count in before[1].items() if name != "asset_keys"
    }
    assert desk.instance.get_dynamic_partitions("meetings") == [str(kept)]


@pytest.mark.parametrize("stages", range(len(STAGES) + 1))
def test_a_deletion_that_died_after_any_stage_is_finished_by_the_next(desk: Desk, stages: int):
    meeting_id = desk.hold_everything()
    files = sum(path.is_file() for path in desk.folder(meeting_id).rglob("*"))
    receipt = desk.delete(meeting_id)
    for stage in STAGES[:stages]:
        stage(Erasure(desk.worker(), desk.instance, receipt))

    assert desk.erase() == [True]

    assert (desk.history_left(meeting_id), desk.folder(meeting_id).exists()) == ({}, False)
    assert set(desk.rows_left(meeting_id)) == {*KEPT, "audit_entry"}
    done = desk.receipt()
    assert (done.file_count, done.run_count, done.done_at is not None) == (files, 2, True)


def test_a_deletion_that_died_within_a_stage_is_tried_until_it_is_done(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    meeting_id = desk.hold_everything()
    desk.delete(meeting_id)

    def die(_erasure: Erasure) -> None:
        (desk.folder(meeting_id) / "recording.webm").unlink()
        raise dg.Failure("The disk went away.", allow_retries=False)

    with monkeypatch.context() as patch:
        patch.setattr(deletion, "STAGES", (STAGES[0], die, *STAGES[2:]))
        assert desk.erase() == [False]
        assert desk.erase() == [False]
    assert desk.receipt().done_at is None

    assert desk.erase() == [True]

    assert not desk.folder(meeting_id).exists()
    assert desk.receipt().done_at is not None


def test_the_sensor_waits_for_what_is_under_way_and_asks_once(desk: Desk):
    meeting_id = desk.hold_everything()
    desk.delete(meeting_id)
    assert desk.tick() == []
    desk.age_events()

    (request,) = desk.tick()

    assert str(meeting_id) not in str(request)
    with desk.held.worker_sessions.without_tenant() as session:
        (event,) = session.exec(select(OutboxEvent).where(OutboxEvent.kind == MEETING_DELETED)).all()
    assert (event.attempts, event.meeting_id) == (1, None)


@pytest.mark.parametrize(
    ("attempts", "seconds", "is_due"),
    [
        (0, 7, False),
        (0, 9, True),
        (1, 15, False),
        (1, 17, True),
        (8, 2_000, False),
        (8, 2_100, True),
        (9, 5_600, False),
        (9, 5_700, True),
        (100, 90 * 3_600, False),
        (100, 93 * 3_600, True),
    ],
)
def test_what_fails_is_tried_ever_more_rarely_and_once_an_hour_at_last(
    desk: Desk, attempts: int, seconds: int, is_due: bool
):
    desk.delete(desk.held.hold())
    with desk.database.server.superuser(DATABASE) as connection:
        connection.execute(
            "update outbox_event set attempts = %s, created_at = clock_timestamp() - %s where kind = 'meeting_deleted'",
            (attempts, timedelta(seconds=seconds)),
        )

    assert bool(Deletions(desk.held.worker_sessions).list_due()) is is_due


def test_a_step_that_works_on_the_meeting_while_it_is_deleted_writes_nothing(desk: Desk):
    meeting_id = desk.held.hold()

    def deleted_meanwhile(meeting: MeetingText) -> MeetingSummary:
        desk.delete(meeting_id)
        return plain_summary(meeting)

    assert not desk.run(meeting_id, "process_meeting", FakeLanguage(summary=deleted_meanwhile))
    assert not desk.run(meeting_id, "process_media")

    # No call was held with a model, and no question asked.
    assert set(desk.rows_left(meeting_id)) == {*KEPT - {"model_usage"}, "audit_entry"}
    assert desk.erase() == [True]
    assert desk.history_left(meeting_id) == {}


def test_a_recording_that_is_made_while_its_meeting_is_deleted_does_not_stay(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    meeting_id = desk.held.hold()
    write_voice(desk.folder(meeting_id) / "live", 0, 0, tone(1, 440), None)
    recordings = desk.worker().recordings
    put = recordings._store.put

    def deleted_meanwhile(key: str, source: Path):
        stored = put(key, source)
        desk.delete(meeting_id)
        return stored

    monkeypatch.setattr(recordings._store, "put", deleted_meanwhile)
    with pytest.raises(Exception, match="foreign key"):
        recordings.make_recording(desk.user_id, meeting_id)
    assert (desk.folder(meeting_id) / "recording.webm").exists()

    assert desk.erase() == [True]

    assert not desk.folder(meeting_id).exists()
    with pytest.raises(NotFound):
        desk.worker().recordings.make_recording(desk.user_id, meeting_id)


def test_runs_that_wait_are_taken_back_before_anything_is_erased(desk: Desk):
    meeting_id = desk.held.hold()
    desk.instance.add_dynamic_partitions("meetings", [str(meeting_id)])
    run = desk.instance.create_run_for_job(
        desk.repository.get_job("process_meeting"),
        status=dg.DagsterRunStatus.STARTING,
        tags={"dagster/partition": str(meeting_id)},
    )
    with psycopg.connect(desk.database.dagster_url, autocommit=True) as connection:
        waiting = "insert into peak_run_queue (run_id, kind, attempt) values (%s, 'execute', 0)"
        connection.execute(waiting, (run.run_id,))
    desk.delete(meeting_id)

    assert desk.erase() == [True]

    assert desk.instance.get_run_by_id(run.run_id) is None
    assert desk.history_left(meeting_id) == {}


def test_what_came_in_late_goes_with_the_nightly_sweep(desk: Desk):
    meeting_id = desk.hold_everything()
    desk.delete(meeting_id)
    desk.erase()
    assert not desk.run(meeting_id, "process_meeting"), "a run that was asked for before the meeting was deleted"
    write_camera(desk.folder(meeting_id) / "live", 0, 0, b"a last piece", 1)
    signed = desk.receipt().done_at

    done = dg.materialize([deletion_sweep], instance=desk.instance, resources={"peak": desk.worker()})

    assert done.success
    assert (desk.history_left(meeting_id), desk.folder(meeting_id).exists()) == ({}, False)
    assert desk.receipt().done_at == signed


def test_a_deletion_that_can_not_be_swept_holds_up_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    broken, whole = desk.held.hold(), desk.held.hold()
    for meeting_id in (broken, whole):
        desk.delete(meeting_id)
    assert desk.erase() == [True, True]
    for meeting_id in (broken, whole):
        write_camera(desk.folder(meeting_id) / "live", 0, 0, b"a last piece", 1)

    def die(erasure: Erasure) -> None:
        if erasure.meeting_id == broken:
            raise RuntimeError("I closed the purple elephant deal.")

    with monkeypatch.context() as patch:
        patch.setattr(assets, "STAGES", (die, *STAGES))
        swept = dg.materialize(
            [deletion_sweep], instance=desk.instance, resources={"peak": desk.worker()}, raise_on_error=False
        )

    assert not swept.success
    assert (desk.folder(broken).exists(), desk.folder(whole).exists()) == (True, False)
    told = "\n".join(str(entry) for entry in desk.instance.all_logs(swept.run_id))
    assert "1 of 2 deleted meetings could not be swept." in told
    assert "RuntimeError at" in told
    assert "purple elephant" not in told
    assert dg.materialize([deletion_sweep], instance=desk.instance, resources={"peak": desk.worker()}).success
    assert not desk.folder(broken).exists()


def test_however_many_were_deleted_all_are_swept(desk: Desk):
    receipts = [desk.delete(desk.held.hold()).id for _ in range(5)]
    deletions = Deletions(desk.worker().sessions)
    with desk.held.worker_sessions.without_tenant() as session:
        session.execute(text("update outbox_event set done_at = now()"))

    found = [deletion.receipt_id for deletion in deletions.each_done(timedelta(days=2), page_size=2)]

    assert found == receipts


def test_nobodys_deletions_wait_for_someone_elses(desk: Desk):
    other = HeldCalls(desk.held.sessions, desk.held.worker_sessions)
    flood = [desk.delete(desk.held.hold()).id for _ in range(5)]
    single = desk.web.deletions.delete_meeting(other.user_id, other.hold()).id
    desk.age_events()
    deletions = Deletions(desk.worker().sessions)

    due = deletions.list_due(limit=4, per_owner=2)
    assert [deletion.receipt_id for deletion in due] == [*flood[:2], single]

    # Whatever was tried already lets others go first.
    for tried in due[:2]:
        assert deletions.count_attempt(tried)
    assert [each.receipt_id for each in deletions.list_due(limit=4, per_owner=3)] == [*flood[2:], single]


def test_deleting_refunds_no_minutes_also_of_a_call_that_was_not_booked_yet(desk: Desk):
    billing = BillingService(desk.held.sessions, system_clock, free_minutes=60)
    meeting_id = desk.held.start()
    desk.held.connected_for(meeting_id, 600)
    desk.held.calls.end_call(desk.user_id, meeting_id, "ended_by_person")
    used = billing.get_allowance(desk.user_id).used

    desk.delete(meeting_id)

    after = billing.get_allowance(desk.user_id).used
    assert used.total_seconds() == pytest.approx(after.total_seconds(), abs=1)
    with desk.held.sessions.for_user(desk.user_id) as session:
        (entry,) = session.exec(select(UsageEntry)).all()
    assert (entry.meeting_id, entry.key) == (meeting_id, f"meeting:{meeting_id}")
    ((booked, title),) = billing.list_usage(desk.user_id, since=entry.occurred_at)
    assert (booked.seconds >= 600, title) == (True, "")


def test_a_meeting_that_is_being_held_is_not_deleted(desk: Desk):
    live = desk.held.start()
    lobby = desk.held.meetings.create_meeting(desk.user_id, title="Round two", agent_id=desk.held.agent_id).meeting_id
    desk.held.calls.open_call(desk.user_id, lobby, "bridge-1")

    for meeting_id in (live, lobby):
        with pytest.raises(Conflict, match=t("refusal.being_held")):
            desk.delete(meeting_id)

    desk.held.calls.end_call(desk.user_id, live, "ended_by_person")
    assert desk.delete(live).row_counts["utterance"] == 6


def test_deleting_twice_gives_the_same_receipt(desk: Desk):
    meeting_id = desk.held.hold()

    assert desk.delete(meeting_id).id == desk.delete(meeting_id).id

    with desk.held.worker_sessions.without_tenant() as session:
        events = session.exec(select(OutboxEvent).where(OutboxEvent.kind == MEETING_DELETED)).all()
    with desk.held.sessions.for_user(desk.user_id) as session:
        noted = session.exec(select(AuditEntry).where(AuditEntry.action == "meeting_deleted")).all()
    assert (len(events), len(noted)) == (1, 1)


def test_a_person_deletes_so_many_meetings_an_hour(held: HeldCalls):
    clock = FakeClock()
    deletions = DeletionService(held.sessions, clock)
    meetings = [held.hold(()) for _ in range(DELETED_PER_HOUR + 1)]
    for meeting_id in meetings[:-1]:
        deletions.delete_meeting(held.user_id, meeting_id)

    with pytest.raises(TooManyRequests):
        deletions.delete_meeting(held.user_id, meetings[-1])
    assert deletions.delete_meeting(held.user_id, meetings[0]), "the same receipt again costs nothing"
    assert held.meetings.get_meeting(held.user_id, meetings[-1])

    clock.pass_time(minutes=60)
    assert deletions.delete_meeting(held.user_id, meetings[-1])


def test_nobody_deletes_a_meeting_of_someone_else_nor_sees_the_receipt(desk: Desk):
    meeting_id = desk.hold_everything()
    stranger = register(desk.held.sessions, "stranger@example.org").user_id
    before = desk.rows_left(meeting_id)

    for unknown in (meeting_id, uuid4()):
        with pytest.raises(NotFound):
            desk.web.deletions.delete_meeting(stranger, unknown)
    assert desk.rows_left(meeting_id) == before

    receipt = desk.delete(meeting_id)
    with pytest.raises(NotFound):
        desk.web.deletions.delete_meeting(stranger, meeting_id)
    with pytest.raises(NotFound):
        desk.web.deletions.get_receipt(stranger, receipt.id)
    assert desk.web.deletions.list_receipts(stranger) == []


def test_a_coach_who_sees_a_shared_meeting_can_not_delete_it(desk: Desk):
    meeting_id = desk.held.hold()
    coach = register(desk.held.sessions, "coach@example.org").user_id
    with desk.database.server.superuser(DATABASE) as connection:
        connection.execute("update meeting set is_shared = true where id = %s", (meeting_id,))
        connection.execute(
            "insert into membership (workspace_id, account_id, role, created_at) values (%s, %s, 'coach', now())",
            (desk.held.person.workspace_id, coach),
        )
    assert desk.web.meetings.get_meeting(coach, meeting_id)

    with pytest.raises(NotFound):
        desk.web.deletions.delete_meeting(coach, meeting_id)
    assert desk.web.meetings.get_meeting(desk.user_id, meeting_id)


def test_plans_and_demonstrations_are_deleted_like_any_meeting(desk: Desk):
    for is_demo in (False, True):
        plan = desk.held.meetings.create_meeting(
            desk.user_id, title="Round two", agent_id=desk.held.agent_id, is_demo=is_demo
        )

        assert desk.delete(plan.meeting_id).row_counts == {"meeting": 1, "meeting_event": 1}

    assert desk.erase() == [True, True]
    with desk.held.sessions.for_user(desk.user_id) as session:
        assert session.execute(text("select count(*) from usage_entry")).scalar_one() == 0

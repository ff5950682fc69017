"""The product on a PostgreSQL elsewhere: pooled by transaction, with TLS, its owner no superuser."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import select

from bridge.journal import Entry, Journal
from peak_app.cli.checks.database import database
from peak_app.cli.checks.finding import Source, Verdict
from peak_app.cli.component import Step
from peak_app.cli.dagster_database import ensure_dagster_database, with_dagster_url
from peak_app.cli.product import PORT_NAMES, Product
from peak_app.config import Settings
from peak_app.db.engine import database_url, engine, listen_url
from peak_app.db.models import OutboxEvent
from peak_app.db.refusals import DatabaseRefused
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.meetings.models import Meeting
from peak_app.errors import PeakError
from peak_app.migrations.migrate import migrate
from pipelines.outbox import listening, wait_for_event
from tests.held_calls import HeldCalls
from tests.integration.certificates import Authority
from tests.integration.database_elsewhere import OWNER, DatabaseElsewhere, database_elsewhere


@pytest.fixture(scope="module")
def elsewhere(
    settings_for_tests: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DatabaseElsewhere]:
    settings = settings_for_tests()
    folder = settings.home.with_name(f"{settings.home.name}-elsewhere")
    folder.mkdir()
    folder.chmod(0o755)
    with database_elsewhere(settings, folder) as made:
        yield made


@pytest.fixture
def sessions(elsewhere: DatabaseElsewhere) -> TenantSessions:
    return TenantSessions(engine(database_url(elsewhere.settings, "web")))


@pytest.fixture
def worker_sessions(elsewhere: DatabaseElsewhere) -> TenantSessions:
    return TenantSessions(engine(database_url(elsewhere.settings, "worker")))


@pytest.fixture
def held(sessions: TenantSessions, worker_sessions: TenantSessions) -> HeldCalls:
    return HeldCalls(sessions, worker_sessions)


def test_the_schema_is_made_and_made_again_by_an_owner_who_is_no_superuser(elsewhere: DatabaseElsewhere) -> None:
    migrate(elsewhere.settings)
    with elsewhere.superuser() as admin:
        roles = admin.execute(
            "select rolname, rolsuper or rolbypassrls or rolreplication from pg_roles where rolname = any(%s)",
            ([OWNER, "peak_web", "peak_worker"],),
        ).fetchall()
        owners = admin.execute("select distinct tableowner from pg_tables where schemaname = 'public'").fetchall()
    assert sorted(roles) == [("peak_web", False), ("peak_worker", False), (OWNER, False)]
    assert owners == [(OWNER,)]


def test_two_people_on_the_same_pooled_connections_never_see_each_other(
    sessions: TenantSessions, worker_sessions: TenantSessions
) -> None:
    ann, bob = HeldCalls(sessions, worker_sessions), HeldCalls(sessions, worker_sessions)
    own = {held.user_id: held.hold() for held in (ann, bob)}
    backends: dict[UUID | None, set[int]] = {ann.user_id: set(), bob.user_id: set(), None: set()}
    both = threading.Barrier(3)

    def look(user_id: UUID | None) -> list[list[UUID]]:
        both.wait(20)
        seen = []
        for _ in range(60):
            opened = sessions.for_user(user_id) if user_id else sessions.without_tenant()
            with opened as session:
                backends[user_id].add(session.execute(text("select pg_backend_pid()")).scalar_one())
                seen.append(list(session.exec(select(Meeting.id)).all()))
        return seen

    with ThreadPoolExecutor(3) as threads:
        found = dict(zip(backends, threads.map(look, backends), strict=True))

    assert found[ann.user_id] == [[own[ann.user_id]]] * 60
    assert found[bob.user_id] == [[own[bob.user_id]]] * 60
    assert found[None] == [[]] * 60
    # So few connections lead to the server that all three took the same ones in turn.
    assert len(set.union(*backends.values())) <= 2
    assert backends[ann.user_id] & backends[bob.user_id]


def test_nothing_is_left_on_a_pooled_connection_for_whoever_gets_it_next(
    sessions: TenantSessions, held: HeldCalls
) -> None:
    with sessions.for_user(held.user_id) as session:
        first = session.execute(text("select pg_backend_pid()")).scalar_one()
    for _ in range(40):
        with sessions.without_tenant() as session:
            row = session.execute(
                text("select pg_backend_pid(), coalesce(current_setting('app.user_id', true), '')")
            ).one()
            statements = session.execute(text("select count(*) from pg_prepared_statements")).scalar_one()
            assert (row[1], statements) == ("", 0)
            if row[0] == first:
                return
    raise AssertionError("the connection was never handed on")


def test_nobody_writes_in_the_name_of_someone_else_through_the_pooler(
    sessions: TenantSessions, worker_sessions: TenantSessions, held: HeldCalls
) -> None:
    other = HeldCalls(sessions, worker_sessions)
    meeting_id = held.hold()
    with sessions.for_user(other.user_id) as session:
        changed = session.execute(text("update meeting set title = 'mine' where id = :id"), {"id": meeting_id})
        assert changed.rowcount == 0  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(DBAPIError, match="row-level security"), sessions.for_user(other.user_id) as session:
        session.execute(
            text("insert into audit_entry (owner_id, action, subject_id, at) values (:owner, 'x', 'y', now())"),
            {"owner": held.user_id},
        )


def test_the_end_of_a_call_is_written_through_the_pooler_and_heard_past_it(
    elsewhere: DatabaseElsewhere, held: HeldCalls, worker_sessions: TenantSessions
) -> None:
    meeting_id = held.start()
    with listening(listen_url(elsewhere.settings, "worker")) as ear:
        began = time.monotonic()
        held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
        wait_for_event(ear, 20)
        assert time.monotonic() - began < 15
    with worker_sessions.without_tenant() as session:
        events = session.exec(select(OutboxEvent).where(OutboxEvent.meeting_id == meeting_id)).all()
    assert [event.kind for event in events] == ["meeting_ended"]


def test_work_that_is_done_alone_is_done_alone_through_the_pooler(
    elsewhere: DatabaseElsewhere, worker_sessions: TenantSessions
) -> None:
    order: list[str] = []

    def second() -> None:
        with worker_sessions.alone("the same work"):
            order.append("second")

    # Both connections to the server are taken now; the superuser looks by a way of its own.
    with ThreadPoolExecutor(1) as threads, elsewhere.superuser() as admin:
        with worker_sessions.alone("the same work"):
            waiting = threads.submit(second)
            until(lambda: _locks_waited_for(admin) == 1)
            order.append("first")
        waiting.result(20)
    assert order == ["first", "second"]


def _locks_waited_for(admin: psycopg.Connection) -> int:
    row = admin.execute("select count(*) from pg_locks where locktype = 'advisory' and not granted").fetchone()
    return row[0] if row else 0


def until(is_so: Callable[[], object], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"not so within {within_s} s"
        time.sleep(0.05)


def events_of(sessions: TenantSessions, meeting_id: UUID) -> list[str]:
    with sessions.without_tenant() as session:
        return [e.kind for e in session.exec(select(OutboxEvent).where(OutboxEvent.meeting_id == meeting_id)).all()]


def does_work(work: Callable[[], object]) -> bool:
    try:
        work()
    except DBAPIError:
        return False
    return True


def test_ended_calls_reach_the_outbox_once_each_while_the_server_is_started_anew(
    elsewhere: DatabaseElsewhere, held: HeldCalls, worker_sessions: TenantSessions
) -> None:
    """What a bridge writes goes through its journal."""
    calls = [held.start() for _ in range(6)]
    journal = Journal()
    is_restarting = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        restarted = threads.submit(lambda: (is_restarting.set(), elsewhere.restart()))
        is_restarting.wait(20)
        for meeting_id in calls:
            write = partial(held.calls.end_call, held.user_id, meeting_id, "ended_by_person")
            journal.submit(Entry("end", write))
        restarted.result(60)
    done = threading.Event()
    journal.submit(Entry("last", lambda: None, on_done=lambda _: done.set()))
    assert done.wait(90)
    journal.close()
    assert [events_of(worker_sessions, meeting_id) for meeting_id in calls] == [["meeting_ended"]] * 6


def test_sessions_go_on_after_every_connection_was_cut(
    elsewhere: DatabaseElsewhere, held: HeldCalls, sessions: TenantSessions
) -> None:
    meeting_id = held.hold()
    assert elsewhere.end_connections("peak_web") > 0
    # The pooler may hand out one more that is dead; none stays.
    until(lambda: does_work(lambda: held.status(meeting_id)), 30)
    for _ in range(10):
        held.status(meeting_id)


def test_an_entry_that_met_the_old_primary_is_written_at_the_new_one(
    elsewhere: DatabaseElsewhere, held: HeldCalls, worker_sessions: TenantSessions
) -> None:
    """A primary that was demoted answers, and takes no writes."""
    meeting_id = held.start()
    journal = Journal()
    tried, done = threading.Event(), threading.Event()

    def write() -> None:
        try:
            held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
        except DBAPIError:
            tried.set()
            raise

    with elsewhere.superuser() as admin:
        admin.execute("alter role peak_worker set default_transaction_read_only = on")
        elsewhere.end_connections("peak_worker")
        try:
            until(lambda: is_read_only(worker_sessions))
            journal.submit(Entry("end", write, on_done=lambda _: done.set()))
            assert tried.wait(30)
        finally:
            admin.execute("alter role peak_worker reset default_transaction_read_only")
        # What the pooler keeps open still says no; the server's own connections end with the machine.
        elsewhere.end_connections("peak_worker")
    assert done.wait(60)
    journal.close()
    assert events_of(worker_sessions, meeting_id) == ["meeting_ended"]


def is_read_only(sessions: TenantSessions) -> bool:
    try:
        with sessions.without_tenant() as session:
            return session.execute(text("show transaction_read_only")).scalar_one() == "on"
    except DBAPIError:
        return False


# The doctor


def test_the_doctor_gets_in_every_way_and_says_versions(elsewhere: DatabaseElsewhere) -> None:
    finding = database(elsewhere.settings)
    assert (finding.verdict, finding.source) == (Verdict.OK, Source.CONFIGURED), finding.sentence
    assert re.search(r"PostgreSQL 18\.\d+ at 127\.0\.0\.1:\d+ answers, pgvector 0\.", finding.sentence)
    assert "web and worker get in and hear announcements" in finding.sentence


def test_the_doctor_finds_out_that_announcements_go_through_the_pooler(elsewhere: DatabaseElsewhere) -> None:
    wrong = elsewhere.settings.model_copy(update={"database_listen_url": elsewhere.settings.database_pooler_url})
    finding = database(wrong)
    assert (finding.verdict, finding.settings) == (Verdict.WRONG, ("PEAK_DATABASE_LISTEN_URL",))
    assert "it is a pooler" in finding.sentence


def test_the_doctor_notes_that_nobody_checks_the_certificate(elsewhere: DatabaseElsewhere) -> None:
    finding = database(elsewhere.settings.model_copy(update={"database_ca_file": None}))
    assert (finding.verdict, finding.settings) == (Verdict.NOTE, ("PEAK_DATABASE_CA_FILE",))
    assert "nobody checks" in finding.sentence


def test_a_server_of_another_authority_is_refused_by_doctor_and_at_the_start(
    elsewhere: DatabaseElsewhere, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "somebody else")
    wrong = elsewhere.settings.model_copy(update={"database_ca_file": other.path})
    finding = database(wrong)
    assert (finding.verdict, finding.settings) == (Verdict.WRONG, ("PEAK_DATABASE_URL", "PEAK_DATABASE_CA_FILE"))
    assert "shows a certificate that PEAK_DATABASE_CA_FILE does not vouch for" in finding.sentence
    start = next(part for part in Product(wrong, dict.fromkeys(PORT_NAMES, 1), None).parts() if isinstance(part, Step))
    with pytest.raises(PeakError, match="a certificate that PEAK_DATABASE_CA_FILE does not vouch for") as refused:
        start.work()
    assert "npg_" not in str(refused.value)
    with pytest.raises(OperationalError, match="certificate verify failed"):
        engine(database_url(wrong, "web")).connect()


@pytest.mark.parametrize(
    ("old", "new", "meaning"),
    [
        ("npg_", "wrong_", "refuses the user or the password in PEAK_DATABASE_URL"),
        ("127.0.0.1", "localhost", "a certificate for another name than the one in PEAK_DATABASE_URL"),
    ],
)
def test_each_refusal_says_what_to_change(elsewhere: DatabaseElsewhere, old: str, new: str, meaning: str) -> None:
    assert elsewhere.settings.database_url is not None
    url = SecretStr(elsewhere.settings.database_url.get_secret_value().replace(old, new))
    finding = database(elsewhere.settings.model_copy(update={"database_url": url}))
    assert finding.verdict is Verdict.WRONG
    assert meaning in finding.sentence
    with pytest.raises(DatabaseRefused, match=meaning):
        migrate(elsewhere.settings.model_copy(update={"database_url": url}))


# Owners with fewer rights


@contextmanager
def another_database(elsewhere: DatabaseElsewhere, rights: str, *, has_vector: bool) -> Iterator[Settings]:
    """An own database of an owner with these rights, past the pooler."""
    name, url = f"other_{uuid4().hex[:8]}", elsewhere.settings.database_url
    assert url is not None
    with elsewhere.superuser() as admin:
        admin.execute(f"alter role {OWNER} {rights}".encode())
        admin.execute(f"create database {name} owner {OWNER}".encode())
    if has_vector:
        with elsewhere.superuser(name) as admin:
            admin.execute("create extension vector")
    place = make_url(url.get_secret_value()).set(database=name).render_as_string(hide_password=False)
    settings = elsewhere.settings.model_copy(update={"database_url": SecretStr(place), "database_pooler_url": None})
    try:
        yield settings
    finally:
        for role in ("owner", "web", "worker"):
            engine(database_url(settings, role), 1).dispose()
            engine(database_url(settings, role)).dispose()
        with elsewhere.superuser() as admin:
            admin.execute(f"alter role {OWNER} createrole createdb".encode())
            admin.execute(f"drop database {name} with (force)".encode())


def test_a_missing_extension_is_said_with_what_an_administrator_does(elsewhere: DatabaseElsewhere) -> None:
    sentence = "run CREATE EXTENSION vector in this database"
    with (
        another_database(elsewhere, "createrole", has_vector=False) as settings,
        pytest.raises(DatabaseRefused, match=sentence),
    ):
        migrate(settings)


def test_an_owner_who_may_not_make_roles_is_told_how_to_go_on_and_can(elsewhere: DatabaseElsewhere) -> None:
    with another_database(elsewhere, "nocreaterole", has_vector=True) as settings:
        with pytest.raises(DatabaseRefused, match="set PEAK_DATABASE_WEB_URL to an address with that role"):
            migrate(settings)
        assert database(settings).settings[1:] == ("PEAK_DATABASE_WEB_URL", "PEAK_DATABASE_WORKER_URL")
        own = {f"database_{role}_url": SecretStr(database_url(settings, role)) for role in ("web", "worker")}
        known = settings.model_copy(update=own)
        migrate(known)
        sessions, worker_sessions = (TenantSessions(engine(database_url(known, role))) for role in ("web", "worker"))
        held = HeldCalls(sessions, worker_sessions)
        assert held.status(held.hold()) == "processing"


def test_the_password_of_a_role_with_an_address_of_its_own_is_left_alone(elsewhere: DatabaseElsewhere) -> None:
    settings = elsewhere.settings
    kept = SecretStr(database_url(settings, "web"))
    # Another secret would derive another password.
    moved = settings.model_copy(
        update={"secret_key": SecretStr("another"), "database_web_url": kept, "database_worker_url": kept}
    )
    migrate(moved)
    with psycopg.connect(kept.get_secret_value()) as connection:
        assert connection.execute("select current_user").fetchone() == ("peak_web",)


def test_dagster_has_its_own_role_and_database_there(elsewhere: DatabaseElsewhere) -> None:
    ensure_dagster_database(elsewhere.settings)
    ensure_dagster_database(elsewhere.settings)
    url = with_dagster_url(elsewhere.settings).dagster_database_url
    assert url is not None
    with psycopg.connect(url.get_secret_value()) as connection:
        assert connection.execute("select current_user, current_database()").fetchone() == ("peak_dagster", "dagster")
        assert connection.pgconn.ssl_in_use
    assert database(with_dagster_url(elsewhere.settings)).verdict is Verdict.OK

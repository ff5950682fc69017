"""Fixtures that many tests share: one throw-away PostgreSQL for the run, emptied before each test that uses it."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
from psycopg import sql
from psycopg.errors import DeadlockDetected

from peak_app.config import Settings
from peak_app.db.engine import database_url, engine
from peak_app.db.tenancy import TenantSessions
from peak_app.embedded.postgres import DATABASE, PostgresServer
from peak_app.migrations.migrate import migrate
from tests.bucket_server import BucketServer, bucket_server
from tests.held_calls import HeldCalls


def pytest_configure() -> None:
    """A shell that runs the tests in the background ignores SIGINT; children inherit that, and Dagster copies it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# How long an example takes is the machine's business.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """What the developer has set for their own instance must not reach a test."""
    for name in list(os.environ):
        if name.startswith("PEAK_") and name != "PEAK_CHROMIUM":
            monkeypatch.delenv(name)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)


@dataclass(frozen=True, slots=True)
class ScratchDatabase:
    """A migrated database of its own. URLs are in libpq's form; `settings` carry the owner's and Dagster's."""

    settings: Settings
    server: PostgresServer
    owner_url: str
    web_url: str
    worker_url: str
    dagster_url: str
    seeds: dict[str, list[tuple[object, ...]]]

    def empty(self) -> None:
        """Take every table back to what the migrations left in it."""
        try:
            self._empty()
        except DeadlockDetected:
            # A process of the last test was still writing; it has lost its turn, or ended.
            self._empty()

    def _empty(self) -> None:
        with self.server.superuser(DATABASE) as connection, connection.transaction():
            # No triggers and no order of foreign keys: all rows go.
            connection.execute("SET LOCAL session_replication_role = replica")
            tables = _tables(connection)
            connection.execute(
                sql.SQL(";").join(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for table in tables)
            )
            for table, rows in self.seeds.items():
                for row in rows:
                    connection.execute(
                        sql.SQL("INSERT INTO {0} SELECT * FROM json_populate_record(NULL::{0}, %s::json)").format(
                            sql.Identifier(table)
                        ),
                        row,
                    )


def _tables(connection) -> list[str]:
    found = connection.execute(
        "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"
    )
    return [name for (name,) in found]


@pytest.fixture(scope="session")
def settings_for_tests() -> Iterator[Callable[..., Settings]]:
    """Makes `Settings` with a home folder of their own; keyword arguments are fields. Reads no `.env`."""
    # Not pytest's own folder: PostgreSQL runs as another account when the tests run as root, and must reach it.
    root = Path(tempfile.mkdtemp(prefix="peak-test-"))
    root.chmod(0o755)
    made = 0

    def make(**fields: object) -> Settings:
        nonlocal made
        made += 1
        return Settings(_env_file=None, **{"home": root / f"home{made}", **fields})  # pyright: ignore[reportCallIssue, reportArgumentType]

    yield make
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BucketServer]:
    """The S3-compatible server of the whole run; each test takes a prefix of its own."""
    with bucket_server(tmp_path_factory.mktemp("bucket")) as server:
        yield server


@pytest.fixture(scope="session")
def scratch_database(settings_for_tests: Callable[..., Settings]) -> Iterator[ScratchDatabase]:
    """The server of the whole run; tests take `database`, which is empty."""
    with pytest.MonkeyPatch.context() as environment:
        for name in list(os.environ):
            if name.startswith("PEAK_"):
                environment.delenv(name)
        plain = settings_for_tests()
    server = PostgresServer.of(plain)
    with server.running(plain, durable=False) as settings:
        migrate(settings)
        with server.superuser(DATABASE) as connection:
            seeds = {
                table: connection.execute(
                    sql.SQL("select to_json(t)::text from {} t").format(sql.Identifier(table))
                ).fetchall()
                for table in _tables(connection)
            }
        assert settings.dagster_database_url is not None
        yield ScratchDatabase(
            settings=settings,
            server=server,
            owner_url=database_url(settings, "owner"),
            web_url=database_url(settings, "web"),
            worker_url=database_url(settings, "worker"),
            dagster_url=settings.dagster_database_url.get_secret_value(),
            seeds={table: rows for table, rows in seeds.items() if rows},
        )
        for role in ("owner", "web", "worker"):
            engine(database_url(settings, role)).dispose()


@pytest.fixture
def database(scratch_database: ScratchDatabase) -> ScratchDatabase:
    """A real PostgreSQL with the current schema, policies and roles, and no rows but those of the migrations."""
    scratch_database.empty()
    return scratch_database


@pytest.fixture
def sessions(database: ScratchDatabase) -> TenantSessions:
    """Transactions as the web role."""
    return TenantSessions(engine(database.web_url))


@pytest.fixture
def worker_sessions(database: ScratchDatabase) -> TenantSessions:
    """Transactions as the worker role."""
    return TenantSessions(engine(database.worker_url))


@pytest.fixture
def held(sessions: TenantSessions, worker_sessions: TenantSessions) -> HeldCalls:
    """One person, to have had calls."""
    return HeldCalls(sessions, worker_sessions)

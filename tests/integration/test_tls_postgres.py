"""A PostgreSQL that speaks TLS itself, and nothing else: the system's own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from dagster import DagsterInstance
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from peak_app.cli.checks.database import database
from peak_app.cli.checks.finding import Verdict
from peak_app.cli.dagster_database import ensure_dagster_database, with_dagster_url
from peak_app.config import Settings
from peak_app.db.refusals import DatabaseRefused
from peak_app.embedded.postgres import PostgresServer
from peak_app.migrations.migrate import migrate
from pipelines.instance import dagster_url, prepare
from tests.integration.certificates import Authority
from tests.integration.tls_postgres import TlsPostgres, tls_postgres


@pytest.fixture(scope="module")
def stage(settings_for_tests: Callable[..., Settings]) -> Iterator[tuple[Settings, TlsPostgres]]:
    settings = settings_for_tests()
    account = PostgresServer.of(settings).account
    folder = settings.home.with_name(f"{settings.home.name}-tls")
    folder.mkdir()
    folder.chmod(0o755)
    authority = Authority(folder)
    certificate = authority.issue("127.0.0.1")
    certificate.give_to(account.uid, account.gid)
    if os.geteuid() == 0:
        os.chown(folder, account.uid, account.gid)
    with tls_postgres(folder, certificate, account) as server:
        told = {"database_url": SecretStr(server.url()), "database_ca_file": authority.path}
        yield settings.model_copy(update=told), server


def without_authority(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"database_url": SecretStr(url), "database_ca_file": None})


def test_dagster_keeps_its_runs_there_and_believes_only_the_right_certificate(
    stage: tuple[Settings, TlsPostgres], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = stage[0]
    for name in ("DAGSTER_HOME", "PEAK_DAGSTER_PLAIN_URL", "PEAK_DAGSTER_SQLALCHEMY_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("DAGSTER_RUN_STATUS_SENSOR_PROCESS_LIMIT", "")
    ensure_dagster_database(settings)
    known = with_dagster_url(settings)
    prepare(known)
    with DagsterInstance.get() as instance:
        instance.add_dynamic_partitions("meetings", ["one"])
        assert list(instance.get_dynamic_partitions("meetings")) == ["one"]
    with psycopg.connect(dagster_url(known)) as connection:
        assert connection.pgconn.ssl_in_use
        counted = connection.execute(
            "select count(*) from pg_stat_ssl s join pg_stat_activity a using (pid)"
            " where a.usename = 'peak_dagster' and not s.ssl"
        ).fetchone()
        assert counted == (0,)
    wrong = known.model_copy(update={"database_ca_file": Authority(tmp_path, "somebody else").path})
    with pytest.raises((psycopg.OperationalError, OperationalError), match="certificate verify failed"):
        prepare(wrong)


def test_a_connection_without_tls_is_refused_with_what_to_set(stage: tuple[Settings, TlsPostgres]) -> None:
    settings, server = stage
    plain = without_authority(settings, server.url("disable"))
    meaning = "takes connections with TLS only; add sslmode=require to PEAK_DATABASE_URL"
    finding = database(plain)
    assert (finding.verdict, meaning in finding.sentence) == (Verdict.WRONG, True), finding.sentence
    with pytest.raises(DatabaseRefused, match=meaning):
        migrate(plain)

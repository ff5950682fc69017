"""The embedded PostgreSQL as a process."""

import os
import re
import signal
import subprocess
import time

import psycopg
import pytest

from peak_app.cli.database import reachable_database
from peak_app.embedded.postgres import PostgresServer
from tests.conftest import ScratchDatabase


def test_data_outlive_the_server(settings_for_tests):
    settings = settings_for_tests()
    server = PostgresServer.of(settings)
    with server.running(settings, durable=False), server.superuser() as admin:
        admin.execute("create table kept (n int)")
    assert not server.is_accepting()
    assert server.running_pid() is None
    with reachable_database(settings), server.superuser() as admin:
        assert admin.execute("select count(*) from kept").fetchone() == (0,)
    # The home remembers its data, and a second initialisation changes nothing.
    assert PostgresServer.of(settings).data == server.data
    assert server.initialise() is False


def test_a_left_over_server_is_stopped(settings_for_tests):
    settings = settings_for_tests()
    server = PostgresServer.of(settings)
    server.initialise(sync=False)
    left_over = subprocess.Popen(
        server.start_command(),
        cwd="/",
        env=server.environment(),
        stderr=subprocess.DEVNULL,
        **server.account.spawn_options(),
    )
    deadline = time.monotonic() + 20
    while not server.is_accepting() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.running_pid() == left_over.pid
    assert server.stop_left_over() is True
    assert left_over.wait(timeout=10) == 0
    assert server.stop_left_over() is False


def test_a_killed_server_starts_again_on_its_data(settings_for_tests):
    settings = settings_for_tests()
    server = PostgresServer.of(settings)
    with server.running(settings, durable=False):
        pid = server.running_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    with server.running(settings, durable=False) as known:
        assert known.database_url is not None
        with psycopg.connect(known.database_url.get_secret_value()) as owner:
            assert owner.execute("select current_user").fetchone() == ("peak_owner",)


def test_dagster_and_the_product_can_not_reach_each_others_database(database: ScratchDatabase):
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(database.web_url.replace("/peak?", "/dagster?")).close()
    curious = psycopg.connect(database.dagster_url.replace("/dagster?", "/peak?"))
    with curious, pytest.raises(psycopg.errors.InsufficientPrivilege):
        curious.execute("select * from account")
    with psycopg.connect(database.dagster_url) as dagster:
        dagster.execute("create table theirs (n int)")
        dagster.rollback()


@pytest.mark.parametrize("other", ["postgres", "template1"])
def test_no_role_of_the_product_reaches_the_servers_own_databases(database: ScratchDatabase, other: str):
    for url in (database.owner_url, database.web_url, database.worker_url, database.dagster_url):
        place = re.sub(r"/(peak|dagster)\?", f"/{other}?", url)
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(place).close()


def test_a_wrong_password_is_refused_over_the_socket(database: ScratchDatabase):
    wrong = database.web_url.replace("peak_web:", "peak_web:0")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong).close()

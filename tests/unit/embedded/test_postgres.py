import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from peak_app.config import Settings
from peak_app.embedded import postgres_places
from peak_app.embedded.postgres import PostgresServer
from peak_app.embedded.postgres_account import PostgresNotPossible, SystemAccount, account_of

Make = Callable[..., Settings]


def a_server(tmp_path: Path, sockets: str = "/run/peak") -> PostgresServer:
    me = SystemAccount("me", os.geteuid(), os.getegid())
    return PostgresServer(tmp_path, Path("/programs"), tmp_path / "postgres", Path(sockets), me)


def test_the_folder_that_is_set_is_used(settings_for_tests: Make, tmp_path: Path):
    assert postgres_places.choose_data(settings_for_tests(postgres_data=tmp_path / "data")) == tmp_path / "data"


def test_data_are_below_home_when_everyone_may_pass_there(settings_for_tests: Make):
    settings = settings_for_tests()
    assert postgres_places.choose_data(settings) == settings.home.resolve() / "postgres"


def test_root_keeps_data_apart_when_home_is_private():
    home = Path("/root/peak/.peak")
    apart = postgres_places.default_data(home, is_root=True, is_passable=False)
    assert apart.parent == Path("/var/lib/peak")
    assert apart != postgres_places.default_data(Path("/root/other/.peak"), is_root=True, is_passable=False)
    assert postgres_places.default_data(home, is_root=True, is_passable=True) == home / "postgres"
    assert postgres_places.default_data(home, is_root=False, is_passable=False) == home / "postgres"


def test_a_folder_is_passable_when_all_above_it_are(tmp_path: Path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    assert postgres_places.is_passable(Path("/usr/bin"))
    assert not postgres_places.is_passable(private)
    assert not postgres_places.is_passable(private / "deeper" / "down")


def test_a_home_remembers_where_its_data_are(settings_for_tests: Make, tmp_path: Path):
    settings = settings_for_tests(home=tmp_path)
    postgres_places.remember_data(tmp_path, Path("/elsewhere/data"))
    assert postgres_places.choose_data(settings) == Path("/elsewhere/data")


def test_a_home_that_was_moved_does_not_start_with_an_empty_database(settings_for_tests: Make, tmp_path: Path):
    note = {"home": "/old/place", "data": "/var/lib/peak/123"}
    (tmp_path / "postgres.json").write_text(json.dumps(note))
    with pytest.raises(PostgresNotPossible, match="PEAK_POSTGRES_DATA"):
        postgres_places.choose_data(settings_for_tests(home=tmp_path))
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    assert postgres_places.choose_data(settings_for_tests(home=tmp_path)) == tmp_path.resolve() / "postgres"


def test_sockets_move_to_a_short_path_when_the_data_have_a_long_one(tmp_path: Path):
    assert postgres_places.choose_sockets(Path("/srv/peak/postgres")) == Path("/srv/peak/postgres")
    long = Path("/srv") / ("long" * 30)
    assert len(os.fsencode(postgres_places.choose_sockets(long) / ".s.PGSQL.5432")) <= 107
    assert postgres_places.choose_sockets(long) != postgres_places.choose_sockets(long / "other")


def test_addresses_carry_derived_passwords_that_differ_by_role(settings_for_tests: Make, tmp_path: Path):
    settings = settings_for_tests()
    server = a_server(tmp_path, "/run/with space")
    owner, dagster = server.url(settings), server.dagster_url(settings)
    assert owner.startswith("postgresql://peak_owner:")
    assert owner.endswith("@/peak?host=/run/with%20space")
    assert dagster.endswith("@/dagster?host=/run/with%20space")
    assert owner.split("@")[0].split(":")[2] != dagster.split("@")[0].split(":")[2]


def test_the_command_listens_on_no_network_and_carries_no_secret(settings_for_tests: Make, tmp_path: Path):
    server = a_server(tmp_path)
    command = " ".join(server.start_command())
    assert "listen_addresses= " in command
    assert settings_for_tests().secret().decode() not in command
    assert "fsync" not in command
    assert set(server.environment()) == {"PATH", "LC_ALL", "TZ"}


def test_a_process_number_that_belongs_to_another_program_is_no_server(tmp_path: Path):
    server = a_server(tmp_path)
    assert server.running_pid() is None
    server.data.mkdir()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    assert server.running_pid() is None


def test_a_socket_folder_of_someone_else_is_not_trusted(tmp_path: Path):
    sockets = tmp_path / "sockets"
    sockets.mkdir(mode=0o755)
    server = a_server(tmp_path, str(sockets))
    with pytest.raises(PostgresNotPossible, match="belongs to someone else"):
        server._make_sockets()
    sockets.chmod(0o700)
    server._make_sockets()


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path):
    server = a_server(tmp_path)
    server.data.mkdir()
    (server.data / "thesis.txt").write_text("keep me")
    with pytest.raises(PostgresNotPossible, match="not empty"):
        server.initialise()
    assert (server.data / "thesis.txt").read_text() == "keep me"


def test_an_account_without_a_name_is_refused_in_a_sentence():
    with pytest.raises(PostgresNotPossible, match="account with a name"):
        account_of(3_999_999_999)

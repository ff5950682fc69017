"""Which address each role takes, for its traffic and for listening."""

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

from peak_app.config import Settings
from peak_app.db.engine import DatabaseNotConfigured, database_url, listen_url, role_password

Make = Callable[..., Settings]
DIRECT = SecretStr("postgresql://boss:hush@direct.example.org/peak?sslmode=require&channel_binding=require")
POOLED = SecretStr("postgresql://boss:hush@pooled.example.org:6432/peak?sslmode=require")


def _parts(url: str) -> tuple[str | None, str | None, str | None]:
    found = make_url(url)
    return found.username, found.password, found.host


def test_traffic_goes_through_the_pooler_and_migrations_and_listening_past_it(settings_for_tests: Make) -> None:
    settings = settings_for_tests(database_url=DIRECT, database_pooler_url=POOLED)
    web, worker = role_password(settings, "web"), role_password(settings, "worker")

    assert _parts(database_url(settings, "owner")) == ("boss", "hush", "direct.example.org")
    assert _parts(database_url(settings, "web")) == ("peak_web", web, "pooled.example.org")
    assert _parts(database_url(settings, "worker")) == ("peak_worker", worker, "pooled.example.org")
    assert _parts(listen_url(settings, "web")) == ("peak_web", web, "direct.example.org")
    assert _parts(listen_url(settings, "worker")) == ("peak_worker", worker, "direct.example.org")


def test_what_an_address_says_of_tls_is_kept_for_every_role(settings_for_tests: Make) -> None:
    settings = settings_for_tests(database_url=DIRECT)
    assert make_url(database_url(settings, "web")).query == {"sslmode": "require", "channel_binding": "require"}


def test_a_roles_own_address_is_used_as_it_is_for_both(settings_for_tests: Make) -> None:
    own = "postgresql://mine:hers@own.example.org/peak"
    settings = settings_for_tests(database_url=DIRECT, database_pooler_url=POOLED, database_web_url=SecretStr(own))
    assert database_url(settings, "web") == own
    assert listen_url(settings, "web") == own


@pytest.mark.parametrize("user", ["", "boss:hush@"])
def test_nobody_listens_with_the_owners_rights(settings_for_tests: Make, user: str) -> None:
    place = SecretStr(f"postgresql://{user}direct2.example.org/peak")
    settings = settings_for_tests(database_url=DIRECT, database_listen_url=place)
    assert _parts(listen_url(settings, "worker")) == (
        "peak_worker",
        role_password(settings, "worker"),
        "direct2.example.org",
    )


def test_another_user_of_the_listening_address_is_kept(settings_for_tests: Make) -> None:
    """Some services name the roles of their pooler differently."""
    settings = settings_for_tests(
        database_web_url=SecretStr("postgresql://peak_web.project:a@pooled.example.org/peak"),
        database_listen_url=SecretStr("postgresql://peak_web:b@direct.example.org/peak"),
    )
    assert _parts(listen_url(settings, "web")) == ("peak_web", "b", "direct.example.org")
    assert _parts(database_url(settings, "web"))[0] == "peak_web.project"


def test_a_file_of_certificates_must_vouch_for_every_server_whatever_the_address_says(
    settings_for_tests: Make, tmp_path: Path
) -> None:
    file = tmp_path / "a b.pem"
    settings = settings_for_tests(
        database_url=DIRECT,
        database_pooler_url=POOLED,
        database_listen_url=SecretStr("postgresql://direct.example.org/peak?sslmode=disable"),
        database_ca_file=file,
    )
    every = [database_url(settings, role) for role in ("owner", "web", "worker")] + [listen_url(settings, "web")]
    for url in every:
        query = make_url(url).query
        assert (query["sslmode"], query["sslrootcert"]) == ("verify-full", str(file))
    assert make_url(every[0]).query["channel_binding"] == "require"


def test_libpq_reads_the_same_out_of_every_address(settings_for_tests: Make, tmp_path: Path) -> None:
    """Spaces, and what has a meaning in addresses, may be in passwords and in names of folders."""
    password, file = "a b+c%:@/?", tmp_path / "a b+c" / "ca.pem"
    place = URL.create("postgresql", "boss", password, "direct.example.org", 5432, "peak")
    url = SecretStr(place.render_as_string(hide_password=False).replace(" ", "%20"))
    found = conninfo_to_dict(database_url(settings_for_tests(database_url=url, database_ca_file=file), "owner"))
    assert (found["password"], found["sslrootcert"], found["dbname"]) == (password, str(file), "peak")


@pytest.mark.parametrize("socket", ["postgresql://me:x@/peak?host=/run/sockets", "postgresql:///peak"])
def test_a_unix_socket_needs_no_certificate(settings_for_tests: Make, tmp_path: Path, socket: str) -> None:
    settings = settings_for_tests(database_url=SecretStr(socket), database_ca_file=tmp_path / "ca.pem")
    assert database_url(settings, "owner") == socket
    assert isinstance(make_url(database_url(settings, "web")), URL)
    assert "sslmode" not in database_url(settings, "web")


@pytest.mark.parametrize("role", ["web", "worker"])
def test_without_any_address_that_is_said(settings_for_tests: Make, role) -> None:
    for find in (database_url, listen_url):
        with pytest.raises(DatabaseNotConfigured):
            find(settings_for_tests(), role)

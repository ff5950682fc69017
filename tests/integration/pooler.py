"""PgBouncer for a test, with TLS towards those who come."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from sqlalchemy.engine import URL

from peak_app.embedded.postgres_account import SystemAccount
from tests.integration.certificates import Certificate
from tests.integration.database_programs import get_pgbouncer
from tests.ports import free_port

READY_WITHIN_S = 20


@dataclass(frozen=True, slots=True)
class Pooler:
    """Where it listens, and what it has noted."""

    port: int
    log: Path

    def url(self, user: str, password: str, database: str) -> str:
        """Demands TLS, and says nothing of certificates."""
        place = URL.create("postgresql", user, password, "127.0.0.1", self.port, database, {"sslmode": "require"})
        return place.render_as_string(hide_password=False)


@contextmanager
def pooler(
    folder: Path,
    *,
    mode: Literal["transaction", "session"],
    sockets: Path,
    users: Mapping[str, str],
    certificate: Certificate,
    account: SystemAccount,
) -> Iterator[Pooler]:
    """Two connections to the server for each user and database, handed from client to client.

    `users` are names with passwords.
    """
    port, log, here = free_port(), folder / f"{mode}.log", folder / mode
    here.mkdir()
    names = here / "userlist.txt"
    names.write_text("".join(f'"{user}" "{password}"\n' for user, password in users.items()))
    configuration = here / "pgbouncer.ini"
    # Whoever works by session keeps a connection for as long as they stay.
    size = 2 if mode == "transaction" else 40
    configuration.write_text(
        f"[databases]\n* = host={sockets} port=5432\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {names}\npool_mode = {mode}\n"
        f"default_pool_size = {size}\nmax_client_conn = 300\nserver_login_retry = 1\n"
        f"client_tls_sslmode = require\nclient_tls_cert_file = {certificate.certificate}\n"
        f"client_tls_key_file = {certificate.key}\n"
    )
    if os.geteuid() == 0:
        for path in (here, names, configuration):
            os.chown(path, account.uid, account.gid)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [get_pgbouncer(), str(configuration)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **account.spawn_options(),
        )
        try:
            made = Pooler(port, log)
            _wait(process, made, *next(iter(users.items())))
            yield made
        finally:
            process.terminate()
            process.wait(10)


def _wait(process: subprocess.Popen[bytes], made: Pooler, user: str, password: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(made.url(user, password, "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            # The server itself knows this user, but not in that database: so the pooler works.
            if "permission denied" in str(error):
                return
            time.sleep(0.05)
        else:
            return
    raise AssertionError("PgBouncer did not start:\n" + made.log.read_text(errors="replace")[-2000:])

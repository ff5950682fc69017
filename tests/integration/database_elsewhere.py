"""A PostgreSQL as services offer it: an owner who is no superuser, TLS, a pooled address and a direct one.

The server is the wheel's, which has pgvector and speaks no TLS; both addresses lead there through PgBouncer, the pooled
one by transaction, the direct one by session, as the proxies of services do.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import SecretStr

from peak_app.config import Settings
from peak_app.db.engine import database_url, engine, role_password
from peak_app.db.roles import WEB, WORKER
from peak_app.embedded.postgres import PostgresServer
from peak_app.migrations.migrate import migrate
from tests.integration.certificates import Authority
from tests.integration.pooler import Pooler, pooler

OWNER, PASSWORD, DATABASE = "peakdb_owner", "npg_Aa0%:x", "peakdb"


@dataclass(frozen=True, slots=True)
class DatabaseElsewhere:
    """`settings` is all a person sets; the roles and tables are there."""

    settings: Settings
    server: PostgresServer
    pooled: Pooler
    direct: Pooler
    authority: Authority

    @contextmanager
    def superuser(self, database: str = DATABASE) -> Iterator[psycopg.Connection]:
        with self.server.superuser(database) as connection:
            yield connection

    def restart(self) -> None:
        """As an operator, or a failover, does it: connections are cut, and new ones taken soon after."""
        subprocess.run(
            [self.server.binaries / "pg_ctl", "restart", "-w", "-m", "fast", "-D", self.server.data],
            cwd="/",
            env=self.server.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
            **self.server.account.spawn_options(),
        )

    def end_connections(self, role: str) -> int:
        """Cut what this role has open at the server; gives how many."""
        with self.superuser() as admin:
            found = admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", (role,))
            return len(found.fetchall())

    def dispose(self) -> None:
        for role in ("web", "worker"):
            engine(database_url(self.settings, role)).dispose()


@contextmanager
def database_elsewhere(settings: Settings, folder: Path) -> Iterator[DatabaseElsewhere]:
    """`folder` must be reachable for other accounts."""
    authority = Authority(folder)
    server = PostgresServer.of(settings)
    certificate = authority.issue("127.0.0.1")
    certificate.give_to(server.account.uid, server.account.gid)
    users = {
        OWNER: PASSWORD,
        WEB: role_password(settings, "web"),
        WORKER: role_password(settings, "worker"),
        "peak_dagster": role_password(settings, "dagster"),
    }
    with server.running(settings, durable=False):
        with server.superuser() as admin:
            # What the embedded server's own set-up made is not there elsewhere.
            admin.execute("drop database peak")
            admin.execute("drop database dagster")
            admin.execute("drop role peak_owner, peak_dagster")
            name, database = sql.Identifier(OWNER), sql.Identifier(DATABASE)
            make = sql.SQL("create role {} login createrole createdb password {}")
            admin.execute(make.format(name, sql.Literal(PASSWORD)))
            admin.execute(sql.SQL("create database {} owner {}").format(database, name))
        with server.superuser(DATABASE) as admin:
            # The wheel's is for a superuser to add; services let the owner do it.
            admin.execute("create extension vector")
        ways = {"sockets": server.sockets, "users": users, "certificate": certificate, "account": server.account}
        with pooler(folder, mode="transaction", **ways) as pooled, pooler(folder, mode="session", **ways) as direct:
            told = settings.model_copy(
                update={
                    "database_url": SecretStr(direct.url(OWNER, PASSWORD, DATABASE)),
                    "database_pooler_url": SecretStr(pooled.url(OWNER, PASSWORD, DATABASE)),
                    "database_ca_file": authority.path,
                }
            )
            migrate(told)
            made = DatabaseElsewhere(told, server, pooled, direct, authority)
            try:
                yield made
            finally:
                made.dispose()
                engine(database_url(told, "owner"), 1).dispose()

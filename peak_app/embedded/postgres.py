"""The embedded PostgreSQL: how it is made and started, and who may connect.

Only the programs of the wheel are used. The server is an ordinary child of whoever starts it and listens on a unix
socket alone. Its superuser needs no password from the account that runs it (and root); other roles have derived ones.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql
from pydantic import SecretStr

from peak_app.config import Settings
from peak_app.db.engine import role_password
from peak_app.embedded.postgres_account import PostgresNotPossible, SystemAccount, account_of, choose_account
from peak_app.embedded.postgres_places import choose_data, choose_sockets, make_folder, remember_data
from peak_app.embedded.postgres_programs import choose_binaries

SUPERUSER = "postgres"
OWNER, DAGSTER_OWNER = "peak_owner", "peak_dagster"
DATABASE, DAGSTER_DATABASE = "peak", "dagster"

_OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "",
    # Statements and details of errors carry what people wrote.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    # Passwords here are keys of 256 random bits: stretching them would only slow down each connection.
    "scram_iterations": "1",
}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One server on one data folder. Making the value touches nothing but, for root, the system account."""

    home: Path
    binaries: Path
    data: Path
    sockets: Path
    account: SystemAccount

    @classmethod
    def of(cls, settings: Settings) -> "PostgresServer":
        """The server of this installation.

        Raises:
            PostgresNotPossible: no place or account for it.
        """
        data = choose_data(settings)
        account = choose_account(data)
        return cls(
            home=settings.home,
            binaries=choose_binaries(account),
            data=data,
            sockets=choose_sockets(data),
            account=account,
        )

    def start_command(self) -> list[str]:
        """The command of the server itself, to run in the foreground with `spawn_options`. SIGINT stops it fast."""
        command = [str(self.binaries / "postgres"), "-D", str(self.data), "-k", str(self.sockets)]
        for name, value in _OPTIONS.items():
            command += ["-c", f"{name}={value}"]
        return command

    def environment(self) -> dict[str, str]:
        """All the environment PostgreSQL needs; ours holds keys that are none of its business."""
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    def initialise(self, *, sync: bool = True) -> bool:
        """Make the data folder unless it is there, and write who may connect. True: it was made just now.

        Raises:
            PostgresNotPossible: the folder can't be made or reached.
        """
        is_new = not (self.data / "PG_VERSION").exists()
        if is_new:
            self._make_data(sync=sync)
        remember_data(self.home, self.data)
        self._make_sockets()
        self._write_rules()
        return is_new

    def is_accepting(self) -> bool:
        """Whether connections are taken right now."""
        return self._run("pg_isready", "-q", "-t", "2", "-h", str(self.sockets), check=False).returncode == 0

    def stop_left_over(self) -> bool:
        """Stop a server that someone else left running on this data. True: there was one.

        Raises:
            PostgresNotPossible: it does not stop.
        """
        pid = self.running_pid()
        if pid is None:
            return False
        for mode, seconds in (("fast", 20), ("immediate", 10)):
            stop = ("stop", "-w", "-m", mode, "-t", str(seconds), "-D", str(self.data))
            if self._run("pg_ctl", *stop, check=False).returncode == 0 or self.running_pid() is None:
                return True
        raise PostgresNotPossible(f"Another PostgreSQL (process {pid}) uses {self.data} and does not stop.")

    def running_pid(self) -> int | None:
        """Process id of a server that works on this data, whoever started it."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            arguments = psutil.Process(pid).cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        # The number may long belong to another program.
        return pid if str(self.data) in arguments and "postgres" in Path(arguments[0]).name else None

    def prepare(self, settings: Settings) -> None:
        """Make the roles and the two databases, or set the passwords anew. The server must accept connections."""
        with self.superuser() as admin:
            for role, options in ((OWNER, sql.SQL("LOGIN CREATEROLE")), (DAGSTER_OWNER, sql.SQL("LOGIN"))):
                known = admin.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone()
                verb = sql.SQL("ALTER ROLE" if known else "CREATE ROLE")
                admin.execute(
                    sql.SQL("{} {} {} PASSWORD {}").format(
                        verb, sql.Identifier(role), options, sql.Literal(_password(settings, role))
                    )
                )
            for database, role in ((DATABASE, OWNER), (DAGSTER_DATABASE, DAGSTER_OWNER)):
                if not admin.execute("select 1 from pg_database where datname = %s", (database,)).fetchone():
                    make = sql.SQL("CREATE DATABASE {} OWNER {}")
                    admin.execute(make.format(sql.Identifier(database), sql.Identifier(role)))
            # Nobody but the superuser has business in the other two: there everyone could make tables that stay.
            for database in (DAGSTER_DATABASE, SUPERUSER, "template1"):
                admin.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        with self.superuser(DATABASE) as admin:
            admin.execute("CREATE EXTENSION IF NOT EXISTS vector")

    @contextmanager
    def superuser(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """An autocommitting connection that no policy limits: for set-up, and for tests that empty tables."""
        with psycopg.connect(
            host=str(self.sockets), user=SUPERUSER, dbname=database, autocommit=True, connect_timeout=10
        ) as connection:
            yield connection

    def url(self, settings: Settings) -> str:
        """Address of the product's database as its owner."""
        return self._url(settings, OWNER, DATABASE)

    def dagster_url(self, settings: Settings) -> str:
        """Address of Dagster's database as its owner, who can't connect anywhere else."""
        return self._url(settings, DAGSTER_OWNER, DAGSTER_DATABASE)

    def applied_to(self, settings: Settings) -> Settings:
        """The settings with the addresses of this server filled in."""
        return settings.model_copy(
            update={
                "database_url": SecretStr(self.url(settings)),
                "dagster_database_url": settings.dagster_database_url or SecretStr(self.dagster_url(settings)),
            }
        )

    @contextmanager
    def running(self, settings: Settings, *, durable: bool = True) -> Iterator[Settings]:
        """Use the server that runs, or start one until the `with` ends. Gives the settings with its addresses.

        `durable=False` is for throw-away data: faster, and lost when the machine stops.

        Raises:
            PostgresNotPossible: the server does not start.
        """
        if self.is_accepting():
            yield self.applied_to(settings)
            return
        self.initialise(sync=durable)
        extra = [] if durable else ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(
                [*self.start_command(), *extra],
                cwd="/",
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the program that uses the server, and must not stop the server under it.
                start_new_session=True,
                **self.account.spawn_options(),
            )
            try:
                while not self.is_accepting():
                    if process.poll() is not None:
                        log.seek(0)
                        last = log.read().decode(errors="replace").strip().splitlines()[-1:]
                        raise PostgresNotPossible(f"PostgreSQL does not start: {' '.join(last) or 'no reason given'}")
                    time.sleep(0.05)
                self.prepare(settings)
                yield self.applied_to(settings)
            finally:
                self.stop_left_over()
                process.wait(timeout=30)

    def _url(self, settings: Settings, role: str, database: str) -> str:
        return f"postgresql://{role}:{_password(settings, role)}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(self.binaries / program), *arguments],
            cwd="/",
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=check,
            **self.account.spawn_options(),
        )

    def _make_data(self, *, sync: bool) -> None:
        if self.data.is_dir() and any(self.data.iterdir()):
            raise PostgresNotPossible(
                f"{self.data} is not empty and holds no database; set PEAK_POSTGRES_DATA to another folder."
            )
        make_folder(self.data.parent)
        # Renamed when complete: after a power cut in the middle, half a database would look like one. A folder that is
        # there already may be a mount, which nothing can be renamed onto.
        draft = self.data if self.data.is_dir() else self.data.with_name(f".{self.data.name}.new")
        if draft != self.data:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(mode=0o700)
        if self.account.is_other:
            os.chown(draft, self.account.uid, self.account.gid)
        if not self.account.can_enter(draft):
            raise PostgresNotPossible(
                f"The account {self.account.name} can't reach {self.data}; "
                "set PEAK_POSTGRES_DATA to a folder it can reach."
            )
        options = ["--auth=peer", "--no-instructions", "--encoding=UTF8"]
        # Collations of the system change with its updates, and would break indexes.
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", *([] if sync else ["-N"])]
        try:
            self._run("initdb", "-D", str(draft), "-U", SUPERUSER, *options)
        except subprocess.CalledProcessError as error:
            last = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise PostgresNotPossible(f"The database can't be made in {self.data}: {' '.join(last)}") from error
        if draft != self.data:
            draft.rename(self.data)

    def _make_sockets(self) -> None:
        if self.sockets == self.data:
            return
        try:
            self.sockets.mkdir(mode=0o700)
            if self.account.is_other:
                os.chown(self.sockets, self.account.uid, self.account.gid)
        except FileExistsError:
            # The place is shared by everyone on the machine: somebody else's folder there is not to be trusted.
            found = self.sockets.lstat()
            if self.sockets.is_symlink() or found.st_uid != self.account.uid or found.st_mode & 0o077:
                raise PostgresNotPossible(
                    f"{self.sockets} belongs to someone else; remove it, or set PEAK_POSTGRES_DATA to a shorter path."
                ) from None

    def _write_rules(self) -> None:
        """Who may connect: the superuser by system account, everyone else by password, all over the socket."""
        rules = f"local all {SUPERUSER} peer map=peak\nlocal all all scram-sha-256\n"
        names = dict.fromkeys([self.account.name, account_of(os.geteuid()).name])
        identities = "".join(f'peak "{name}" {SUPERUSER}\n' for name in names)
        for name, text in (("pg_hba.conf", rules), ("pg_ident.conf", identities)):
            # The folder belongs to the account: as root, do not follow a link it may have left there.
            file = os.open(self.data / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(file, "w") as stream:
                if self.account.is_other:
                    os.fchown(file, self.account.uid, self.account.gid)
                stream.write(text)


def _password(settings: Settings, role: str) -> str:
    return role_password(settings, "dagster" if role == DAGSTER_OWNER else "owner")

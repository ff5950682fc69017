"""The system's own PostgreSQL for a test: on loopback, and by TLS only."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from peak_app.embedded.postgres_account import SystemAccount
from tests.integration.certificates import Certificate
from tests.integration.database_programs import get_postgres
from tests.ports import free_port

OWNER, PASSWORD = "owner", "a password of this test"
READY_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class TlsPostgres:
    port: int

    def url(self, mode: str = "require") -> str:
        """Its database `postgres` as a superuser, in libpq's form."""
        return f"postgresql://{OWNER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/postgres?sslmode={mode}"


@contextmanager
def tls_postgres(folder: Path, certificate: Certificate, account: SystemAccount) -> Iterator[TlsPostgres]:
    """`folder` belongs to the account, and is empty."""
    programs, data, port = get_postgres(), folder / "data", free_port()
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    initdb = [programs / "initdb", "-D", data, "-U", OWNER, "--pwfile", secret, "-A", "scram-sha-256", "-N"]
    options = {"cwd": "/", "stdin": subprocess.DEVNULL, **account.spawn_options()}
    subprocess.run([*initdb, "--locale=C", "--encoding=UTF8"], stdout=subprocess.DEVNULL, check=True, **options)
    rules = folder / "rules.conf"
    rules.write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
    rules.chmod(0o644)
    told = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "off",
        "hba_file": str(rules),
        "ssl": "on",
        "ssl_cert_file": str(certificate.certificate),
        "ssl_key_file": str(certificate.key),
    }
    command = [str(programs / "postgres"), "-D", str(data)]
    command += [part for name, value in told.items() for part in ("-c", f"{name}={value}")]
    log = folder / "postgres.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, **options)
        try:
            made = TlsPostgres(port)
            deadline = time.monotonic() + READY_WITHIN_S
            while not _answers(made):
                assert process.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < deadline, log.read_text()[-2000:]
                time.sleep(0.1)
            yield made
        finally:
            # SIGTERM would wait for whoever is still connected.
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _answers(made: TlsPostgres) -> bool:
    try:
        psycopg.connect(made.url(), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True

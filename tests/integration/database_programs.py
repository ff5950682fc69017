"""PgBouncer and a PostgreSQL with TLS, for tests. `python -m tests.integration.database_programs` installs them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_ADVICE = "apt-get install postgresql pgbouncer, or brew install postgresql pgbouncer"


class NoDatabasePrograms(RuntimeError):
    """One is not there; the sentence says how to get it."""


def find_pgbouncer() -> str | None:
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")


def find_postgres() -> Path | None:
    """Folder of the programs of the system's newest PostgreSQL, which speaks TLS; the wheel's does not."""
    # Debian keeps them where no path looks.
    places = [*Path("/usr/lib/postgresql").glob("*/bin/postgres"), *filter(None, [shutil.which("postgres")])]
    return max((Path(place).parent for place in places), key=_version, default=None)


def _version(folder: Path) -> int:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    number = said.partition(") ")[2].partition(".")[0]
    return int(number) if number.isdigit() else 0


def get_pgbouncer() -> str:
    """Raises: NoDatabasePrograms."""
    found = find_pgbouncer()
    if found is None:
        raise NoDatabasePrograms(f"The tests need PgBouncer: {_ADVICE}.")
    return found


def get_postgres() -> Path:
    """Raises: NoDatabasePrograms."""
    found = find_postgres()
    if found is None:
        raise NoDatabasePrograms(f"The tests need a PostgreSQL with TLS: {_ADVICE}.")
    return found


def main() -> int:
    wanted = [*([] if find_pgbouncer() else ["pgbouncer"]), *([] if find_postgres() else ["postgresql"])]
    if wanted and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *wanted]):
            subprocess.run(["apt-get", *command], stdin=subprocess.DEVNULL, env=environment, timeout=900, check=False)
    try:
        sys.stdout.write(f"PgBouncer: {get_pgbouncer()}\nPostgreSQL with TLS: {get_postgres()}\n")
    except NoDatabasePrograms as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Which system account PostgreSQL runs as, and what that account can reach. PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peak_app.errors import ServiceUnavailable

ACCOUNT = "peak-postgres"
"""The account that root starts PostgreSQL as; made at first use."""


class PostgresNotPossible(ServiceUnavailable):
    """The embedded PostgreSQL can't run here; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class SystemAccount:
    """An account of the operating system."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether it is not the account of this very process."""
        return self.uid != os.geteuid()

    def spawn_options(self) -> dict[str, Any]:
        """Arguments for `subprocess` that start a process as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    def succeeds(self, *command: str) -> bool:
        """Whether the command ends well when this account runs it."""
        try:
            done = subprocess.run(
                command,
                cwd="/",
                env={"PATH": os.defpath},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=20,
                check=False,
                **self.spawn_options(),
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0

    def can_enter(self, folder: Path) -> bool:
        """Whether this account can reach what is in the folder."""
        return self.succeeds("/bin/sh", "-c", 'cd "$1"', "sh", str(folder))


def account_of(uid: int) -> SystemAccount:
    """The account with this number.

    Raises:
        PostgresNotPossible: it has no name, without which PostgreSQL does not start.
    """
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise PostgresNotPossible(
            f"PostgreSQL needs an account with a name, and user {uid} has none. "
            "Run as a user listed in /etc/passwd, or set PEAK_DATABASE_URL to a PostgreSQL of your own."
        ) from None
    return SystemAccount(entry.pw_name, entry.pw_uid, entry.pw_gid)


def choose_account(data: Path) -> SystemAccount:
    """The owner of the data when there is data, else this process's account, or `ACCOUNT` for root.

    Raises:
        PostgresNotPossible: the data belong to someone else, or the account can't be made.
    """
    owner = data.stat().st_uid if (data / "PG_VERSION").exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise PostgresNotPossible(f"The database in {data} belongs to another user; start as that user.")
        return account_of(os.geteuid())
    return account_of(owner) if owner else _account_for_root()


def _account_for_root() -> SystemAccount:
    if not _exists(ACCOUNT):
        command = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
        if command:
            options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
            subprocess.run(
                [command, *options, "--shell", "/usr/sbin/nologin", ACCOUNT],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=20,
                check=False,
            )
    for name in (ACCOUNT, "postgres"):
        if _exists(name):
            return account_of(pwd.getpwnam(name).pw_uid)
    raise PostgresNotPossible(
        f"PostgreSQL does not run as root, and the account {ACCOUNT} could not be made with useradd. "
        "Start as an ordinary user, or set PEAK_DATABASE_URL to a PostgreSQL of your own."
    )


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True

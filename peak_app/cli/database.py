"""`peak migrate` and `peak db url`: the database, whether the product runs or not."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from peak_app.cli.command import CommandFailed
from peak_app.cli.run_folder import AlreadyRunning, RunFolder
from peak_app.config import Settings
from peak_app.db.engine import database_url
from peak_app.embedded.postgres import PostgresServer
from peak_app.migrations.migrate import migrate


def run(settings: Settings, given: argparse.Namespace) -> int:
    if given.command == "migrate":
        with reachable_database(settings) as known:
            migrate(known)
        print("The database has the current schema.")
    else:
        print(find_url(settings, given.role))
    return 0


def find_url(settings: Settings, role: str) -> str:
    """The address for a role, in libpq's form.

    Raises:
        CommandFailed: there is no database yet.
    """
    known = settings
    if settings.database_url is None:
        server = PostgresServer.of(settings)
        if not (server.data / "PG_VERSION").exists():
            raise CommandFailed("There is no database yet; `peak up` or `peak migrate` makes it.")
        known = server.applied_to(settings)
    return database_url(known, "owner" if role == "owner" else "web" if role == "web" else "worker")


@contextmanager
def reachable_database(settings: Settings) -> Iterator[Settings]:
    """The settings with addresses of a database that answers; the embedded one is started when nothing runs.

    Raises:
        CommandFailed: the launcher is starting or stopping right now.
    """
    if settings.database_url is not None:
        yield settings
        return
    server = PostgresServer.of(settings)
    if server.is_accepting():
        yield server.applied_to(settings)
        return
    try:
        with RunFolder(settings.home).locked(), server.running(settings) as known:
            yield known
    except AlreadyRunning:
        raise CommandFailed("The product is starting or stopping; try again in a moment.") from None

"""Bring a database to the current schema, roles and policies."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, ProgrammingError

import peak_app.migrations
from peak_app.config import Settings
from peak_app.db.engine import ROLE_NAMES, database_url, engine, is_away, role_password
from peak_app.db.refusals import DatabaseRefused, is_not_permitted, refused
from peak_app.db.roles import WEB
from peak_app.migrations import policies

# Any number, the same in every process: two migrations at once wait for each other.
_MIGRATION_LOCK = 0x7065616B


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(peak_app.migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


def ensure_roles(connection: Connection, settings: Settings) -> None:
    """Create the web and worker roles, or set their passwords anew. A role with an address of its own is left alone.

    Raises:
        DatabaseRefused: the owner may not make them.
    """
    for role, name in ROLE_NAMES.items():
        known = connection.execute(text("select 1 from pg_roles where rolname = :name"), {"name": name}).first()
        own = settings.database_web_url if role == "web" else settings.database_worker_url
        if known and own:
            # Its password is whoever's who made that address.
            continue
        password = (make_url(own.get_secret_value()).password if own else "") or role_password(settings, role)
        options = f"LOGIN PASSWORD {sql.quote(password)}"
        try:
            with connection.begin_nested():
                # The password itself, and no hash of it: Neon's servers take no other.
                connection.exec_driver_sql(f"{'ALTER' if known else 'CREATE'} ROLE {name} {options}".replace("%", "%%"))
        except ProgrammingError as error:
            if not is_not_permitted(error):
                raise
            raise DatabaseRefused(_by_hand(name, bool(known)), retryable=False) from None


def _by_hand(name: str, is_known: bool) -> str:
    setting = "PEAK_DATABASE_WEB_URL" if name == WEB else "PEAK_DATABASE_WORKER_URL"
    if is_known:
        return (
            f"The role {name} was made by someone else, and the user of PEAK_DATABASE_URL may not set its password; "
            f"set {setting} to an address with that role and its password."
        )
    return (
        "The user of PEAK_DATABASE_URL may not make roles. Give it CREATEROLE, or have an administrator run "
        f"CREATE ROLE {name} LOGIN PASSWORD '...' and set {setting} to an address with that role and password."
    )


def ensure_extension(connection: Connection) -> None:
    """pgvector, which a plain owner may add where the server has it.

    Raises:
        DatabaseRefused: it is not there, or only an administrator may add it.
    """
    if connection.execute(text("select 1 from pg_extension where extname = 'vector'")).first():
        return
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION vector"))
    except DBAPIError as error:
        if not is_not_permitted(error):
            raise
        raise DatabaseRefused(
            "The database lacks the extension pgvector, and the user of PEAK_DATABASE_URL can't add it. Have an "
            "administrator install pgvector and run CREATE EXTENSION vector in this database.",
            retryable=False,
        ) from None


def migrate(settings: Settings, revision: str = "head") -> None:
    """Upgrade (or, for an older revision, downgrade) the database of `settings.database_url`; safe to repeat.

    Raises:
        DatabaseRefused: it can't be reached, or does not permit what is needed.
    """
    url = database_url(settings, "owner")
    try:
        with engine(url, 1).begin() as connection:
            _migrate(connection, settings, revision)
    except DBAPIError as error:
        if is_away(error):
            raise refused(error, url) from None
        if not isinstance(error, ProgrammingError) or not is_not_permitted(error):
            raise
        told = str(error.orig).strip().splitlines()[0]
        raise DatabaseRefused(
            f"The user of PEAK_DATABASE_URL may not do what a new version needs ({told}); let it own the database.",
            retryable=False,
        ) from None


def _migrate(connection: Connection, settings: Settings, revision: str) -> None:
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    ensure_roles(connection, settings)
    config = alembic_config(connection)
    if revision == "head":
        ensure_extension(connection)
        command.upgrade(config, revision)
        policies.apply(connection)
    else:
        # Policies of one table name other tables, which would keep those from being dropped.
        policies.remove(connection)
        command.downgrade(config, revision)

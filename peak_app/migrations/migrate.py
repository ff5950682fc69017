"""Bring a database to the current schema, roles and policies."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

import peak_app.migrations
from peak_app.config import Settings
from peak_app.db.engine import ROLE_NAMES, database_url, engine, role_password
from peak_app.migrations import policies

# Any number, the same in every process: two migrations at once wait for each other.
_MIGRATION_LOCK = 0x7065616B


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(peak_app.migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


def ensure_roles(connection: Connection, settings: Settings) -> None:
    """Create the web and worker roles, or set their passwords anew. Needs CREATEROLE."""
    for role, name in ROLE_NAMES.items():
        known = connection.execute(text("select 1 from pg_roles where rolname = :name"), {"name": name}).first()
        verb = "ALTER" if known else "CREATE"
        connection.execute(text(f"{verb} ROLE {name} LOGIN PASSWORD '{role_password(settings, role)}'"))


def migrate(settings: Settings, revision: str = "head") -> None:
    """Upgrade (or, for an older revision, downgrade) the database of `settings.database_url`; safe to repeat."""
    with engine(database_url(settings, "owner"), 1).begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        ensure_roles(connection, settings)
        config = alembic_config(connection)
        if revision == "head":
            command.upgrade(config, revision)
            policies.apply(connection)
        else:
            # Policies of one table name other tables, which would keep those from being dropped.
            policies.remove(connection)
            command.downgrade(config, revision)

"""Dagster's own database on a server that is not the embedded one."""

import psycopg
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from peak_app.config import Settings
from peak_app.db.address import in_libpqs_form
from peak_app.db.engine import database_url, role_password
from peak_app.embedded.postgres import DAGSTER_DATABASE, DAGSTER_OWNER
from peak_app.errors import ServiceUnavailable


def with_dagster_url(settings: Settings) -> Settings:
    """The settings with Dagster's address filled in: a role of its own, since pipelines must not get the owner's."""
    if settings.dagster_database_url:
        return settings
    owner = make_url(database_url(settings, "owner"))
    url = owner.set(username=DAGSTER_OWNER, password=role_password(settings, "dagster"), database=DAGSTER_DATABASE)
    return settings.model_copy(update={"dagster_database_url": SecretStr(in_libpqs_form(url))})


def ensure_dagster_database(settings: Settings) -> None:
    """Make the role and the database that `with_dagster_url` names, or set the password anew.

    Raises:
        ServiceUnavailable: the owner may not make them.
    """
    try:
        with psycopg.connect(database_url(settings, "owner"), autocommit=True, connect_timeout=10) as owner:
            role = sql.Identifier(DAGSTER_OWNER)
            known = owner.execute("select 1 from pg_roles where rolname = %s", (DAGSTER_OWNER,)).fetchone()
            verb = sql.SQL("ALTER ROLE" if known else "CREATE ROLE")
            owner.execute(
                sql.SQL("{} {} LOGIN PASSWORD {}").format(verb, role, sql.Literal(role_password(settings, "dagster")))
            )
            found = owner.execute(
                "select pg_get_userbyid(datdba) from pg_database where datname = %s", (DAGSTER_DATABASE,)
            ).fetchone()
            if found is None:
                owner.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
                owner.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DAGSTER_DATABASE), role))
            elif found[0] != DAGSTER_OWNER:
                raise ServiceUnavailable(
                    f"The server of PEAK_DATABASE_URL has a database named {DAGSTER_DATABASE} that is not ours; "
                    "set PEAK_DAGSTER_DATABASE_URL to an empty database for Dagster.",
                    retryable=False,
                )
    except psycopg.errors.InsufficientPrivilege:
        raise ServiceUnavailable(
            "The role of PEAK_DATABASE_URL may not make the database Dagster needs; "
            "make one and set PEAK_DAGSTER_DATABASE_URL.",
            retryable=False,
        ) from None

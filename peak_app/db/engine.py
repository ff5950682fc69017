"""Engines: one small pool per process and role."""

from functools import cache
from typing import Literal

import psycopg
from psycopg.errors import ReadOnlySqlTransaction
from pydantic import SecretStr
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from peak_app.config import Settings
from peak_app.db.address import CONNECT, checked, in_libpqs_form
from peak_app.db.roles import WEB, WORKER

Role = Literal["owner", "web", "worker"]

ROLE_NAMES: dict[Role, str] = {"web": WEB, "worker": WORKER}


class DatabaseNotConfigured(RuntimeError):
    """No address of the database is known to this process."""


def role_password(settings: Settings, role: Role | Literal["dagster"]) -> str:
    """Passwords are derived, never stored: whoever has the secret can make them again."""
    return settings.derive(f"database:{role}").hex()


def database_url(settings: Settings, role: Role) -> str:
    """Address of the database for one role, in libpq's form; web and worker go through the pooler when there is one.

    Raises:
        DatabaseNotConfigured: neither this role's address nor the owner's is set.
    """
    place = _own_url(settings, role) or (None if role == "owner" else settings.database_pooler_url)
    return _as_role(settings, role, place or settings.database_url)


def listen_url(settings: Settings, role: Literal["web", "worker"]) -> str:
    """Where that role hears announcements (LISTEN), which no pooler in transaction mode passes on.

    Raises:
        DatabaseNotConfigured: as above.
    """
    own = _own_url(settings, role)
    if settings.database_listen_url is None:
        return _as_role(settings, role, own or settings.database_url or settings.database_pooler_url)
    place = make_url(settings.database_listen_url.get_secret_value())
    owner = make_url(settings.database_url.get_secret_value()).username if settings.database_url else None
    if place.username in (None, owner):
        # Whoever listens needs no rights of the owner's.
        known = make_url(own.get_secret_value() if own else _as_role(settings, role, settings.database_listen_url))
        place = place.set(username=known.username, password=known.password)
    return checked(settings, in_libpqs_form(place))


def _own_url(settings: Settings, role: Role) -> SecretStr | None:
    return {
        "owner": settings.database_url,
        "web": settings.database_web_url,
        "worker": settings.database_worker_url,
    }[role]


def _as_role(settings: Settings, role: Role, place: SecretStr | None) -> str:
    if place is None:
        raise DatabaseNotConfigured(
            "No database address is set. Start the product with `peak up`, or set PEAK_DATABASE_URL."
        )
    url = place.get_secret_value()
    if place is _own_url(settings, role):
        return checked(settings, url)
    named = make_url(url).set(username=ROLE_NAMES[role], password=role_password(settings, role))
    return checked(settings, in_libpqs_form(named))


def sqlalchemy_url(url: str) -> URL:
    """The same address with the driver named: SQLAlchemy must not pick one by its version."""
    return make_url(url).set(drivername="postgresql+psycopg")


@cache
def engine(url: str, pool_size: int = 5) -> Engine:
    """A pooled engine. `prepare_threshold=None` keeps it usable behind poolers in transaction mode."""
    made = create_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        # Errors are logged with their statement: the values in it are what people said.
        hide_parameters=True,
        connect_args={**CONNECT, "prepare_threshold": None, "application_name": "peak"},
    )
    event.listen(made, "handle_error", _leave_a_standby)
    return made


def _leave_a_standby(context: ExceptionContext) -> None:
    """After a failover a connection may lead to the old primary, which takes no writes: find the new one."""
    if isinstance(context.original_exception, ReadOnlySqlTransaction):
        context.is_disconnect = True


_PASSING = (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError, psycopg.InterfaceError)
# psycopg counts it among the operational ones, but nothing about it passes.
_BEYOND_LIMITS = "54"


def is_away(error: BaseException) -> bool:
    """Whether the database could not be asked, or takes no writes just now, so that the same may well succeed later.

    So with connections that break or are refused, also because the server starts, stops or is full (57P01 to 57P03,
    53300), a pool with nothing free, locks that were not free in time, and a primary that was demoted (25006). Not with
    what will never be taken, as a statement beyond the server's limits (class 54).

    Args:
        error: of SQLAlchemy, or of the driver itself.
    """
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    if (getattr(cause, "sqlstate", None) or "").startswith(_BEYOND_LIMITS):
        return False
    return isinstance(error, _PASSING) or isinstance(cause, ReadOnlySqlTransaction)

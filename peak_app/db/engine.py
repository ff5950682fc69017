"""Engines: one small pool per process and role."""

from functools import cache
from typing import Literal

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url

from peak_app.config import Settings
from peak_app.db.roles import WEB, WORKER

Role = Literal["owner", "web", "worker"]

ROLE_NAMES: dict[Role, str] = {"web": WEB, "worker": WORKER}


class DatabaseNotConfigured(RuntimeError):
    """No address of the database is known to this process."""


def role_password(settings: Settings, role: Role | Literal["dagster"]) -> str:
    """Passwords are derived, never stored: whoever has the secret can make them again."""
    return settings.derive(f"database:{role}").hex()


def database_url(settings: Settings, role: Role) -> str:
    """Address of the database for one role, in libpq's form.

    Raises:
        DatabaseNotConfigured: neither this role's address nor the owner's is set.
    """
    explicit = {
        "owner": settings.database_url,
        "web": settings.database_web_url,
        "worker": settings.database_worker_url,
    }[role]
    if explicit:
        return explicit.get_secret_value()
    if role == "owner" or settings.database_url is None:
        raise DatabaseNotConfigured(
            "No database address is set. Start the product with `peak up`, or set PEAK_DATABASE_URL."
        )
    owner = make_url(settings.database_url.get_secret_value())
    return owner.set(username=ROLE_NAMES[role], password=role_password(settings, role)).render_as_string(
        hide_password=False
    )


def sqlalchemy_url(url: str) -> URL:
    """The same address with the driver named: SQLAlchemy must not pick one by its version."""
    return make_url(url).set(drivername="postgresql+psycopg")


@cache
def engine(url: str, pool_size: int = 5) -> Engine:
    """A pooled engine. `prepare_threshold=None` keeps it usable behind poolers in transaction mode."""
    return create_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        # Errors are logged with their statement: the values in it are what people said.
        hide_parameters=True,
        connect_args={"prepare_threshold": None, "connect_timeout": 5, "application_name": "peak"},
    )

"""Addresses of PostgreSQL in libpq's form: which certificate they believe, and how soon a dead server is noticed."""

from typing import Any, Final

from sqlalchemy.engine import URL, make_url

from peak_app.config import Settings

CONNECT: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    # A machine that vanishes says nothing, and a connection that only listens would wait for it for hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""What every connection of ours is made with."""


def checked(settings: Settings, url: str) -> str:
    """The address, believing only a server with a certificate of `PEAK_DATABASE_CA_FILE` and its own name in it.

    Without that file the address stays as it is: what it says of TLS itself (`sslmode`, `sslrootcert`) holds.
    """
    place = make_url(url)
    if settings.database_ca_file is None or not is_remote(place):
        return url
    # Whatever the address says: a file of certificates that did not have to vouch for the server would protect nobody.
    query = {"sslmode": "verify-full", "sslrootcert": str(settings.database_ca_file)}
    return in_libpqs_form(place.update_query_dict(query))


def in_libpqs_form(place: URL) -> str:
    """The address as a text that libpq reads: SQLAlchemy leaves spaces in passwords, and makes a plus of others."""
    before, mark, query = place.render_as_string(hide_password=False).partition("?")
    return before.replace(" ", "%20") + mark + query.replace("+", "%20")


def is_remote(place: URL) -> bool:
    """Whether it is reached by TCP, and not by a unix socket."""
    host = place.host or place.query.get("host", "")
    return bool(host) and not str(host).startswith("/")

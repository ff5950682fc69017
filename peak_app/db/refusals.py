"""Why a database can't be used, in a sentence with what to change. Nothing here repeats a password."""

from psycopg import errors
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from peak_app.errors import ServiceUnavailable

# What libpq says, in its own words: connections that fail carry no code.
_REASONS = (
    ("certificate verify failed", "shows a certificate that {ca} does not vouch for"),
    ("does not match host name", "shows a certificate for another name than the one in {setting}"),
    ("root certificate file", "can't be checked: the file of certificates is not there; correct {ca}"),
    ("does not support SSL", "speaks no TLS, which {setting} or {ca} asks for"),
    ("no encryption", "takes connections with TLS only; add sslmode=require to {setting}, better set {ca}"),
    ("SSL required", "takes connections with TLS only; add sslmode=require to {setting}, better set {ca}"),
    ("password authentication failed", "refuses the user or the password in {setting}"),
    ("SASL authentication failed", "refuses the user or the password in {setting}"),
    ("does not exist", "knows no such user or database as {setting} names"),
    ("permission denied for database", "does not let this user into the database that {setting} names"),
    ("could not translate host name", "is a name that nobody knows; correct {setting}"),
    ("in a read-only transaction", "takes no writes: {setting} must lead to the primary, which this server is not now"),
    (
        "unsupported startup parameter",
        "is a pooler that takes no such connection; give the direct address in {setting}",
    ),
)


class DatabaseRefused(ServiceUnavailable):
    """The database can't be used as it is set up; the sentence says what to change."""


def reason_of(error: Exception, url: str, setting: str = "PEAK_DATABASE_URL") -> str:
    """One sentence without a full stop: which server, what is wrong, and what to change."""
    cause = error.orig if isinstance(error, SQLAlchemyError) and hasattr(error, "orig") else error  # pyright: ignore[reportAttributeAccessIssue]
    told = str(cause).strip()
    where = where_of(url)
    for words, meaning in _REASONS:
        if words in told:
            return f"{where} {meaning.format(setting=setting, ca='PEAK_DATABASE_CA_FILE')}"
    first = (told.splitlines() or ["no reason given"])[0]
    return f"{where} can't be reached: {first}; is {setting} right?"


def where_of(url: str) -> str:
    """Host and port of an address, for people."""
    place = make_url(url)
    host = place.host or str(place.query.get("host", ""))
    if not host or host.startswith("/"):
        return "this machine"
    return f"{host}:{place.port}" if place.port else host


def refused(error: Exception, url: str, setting: str = "PEAK_DATABASE_URL") -> DatabaseRefused:
    """The same as an error to raise."""
    return DatabaseRefused(f"The database does not let us in: {reason_of(error, url, setting)}.")


def is_not_permitted(error: Exception) -> bool:
    """Whether a statement was refused for want of rights, or of something only an administrator installs."""
    cause = getattr(error, "orig", None) or error
    return isinstance(cause, errors.InsufficientPrivilege | errors.FeatureNotSupported | errors.UndefinedFile)

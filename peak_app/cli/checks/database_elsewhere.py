"""A PostgreSQL of one's own: by every address there is, as the role that will use it."""

import secrets
from dataclasses import dataclass
from typing import Literal

import psycopg
from sqlalchemy.engine import make_url

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.config import Settings
from peak_app.db.address import CONNECT, checked, is_remote
from peak_app.db.engine import ROLE_NAMES, database_url, listen_url
from peak_app.db.refusals import reason_of, where_of
from peak_app.this_machine import is_loopback

_HEARD_WITHIN_S = 3.0
_CHANNEL = "peak_doctor"
_OWNER, _CA, _LISTEN = "PEAK_DATABASE_URL", "PEAK_DATABASE_CA_FILE", "PEAK_DATABASE_LISTEN_URL"


class _Wrong(Exception):
    """Something is not as it must be."""

    def __init__(self, sentence: str, *settings: str) -> None:
        super().__init__(sentence)
        self.settings = settings


@dataclass(frozen=True, slots=True)
class _Way:
    """How one role's traffic reaches the database."""

    role: Literal["web", "worker"]
    setting: str

    @classmethod
    def of(cls, settings: Settings, role: Literal["web", "worker"]) -> "_Way":
        own = settings.database_web_url if role == "web" else settings.database_worker_url
        named = f"PEAK_DATABASE_{role.upper()}_URL" if own else ""
        pooled = "PEAK_DATABASE_POOLER_URL" if settings.database_pooler_url else _OWNER
        return cls(role, named or pooled)


def elsewhere(settings: Settings) -> Finding:
    """Asks as the owner, as web and worker role, and whether what one says is heard by who listens."""
    try:
        told = _ask_as_owner(settings) if settings.database_url else "the owner's address is not known here"
        if settings.database_url and not _has_roles(settings):
            sentence = f"{told}; its roles are made at the first start"
            return Finding("Database", Verdict.OK, sentence, Source.CONFIGURED, (_OWNER,))
        ways = [_Way.of(settings, role) for role in _told_roles(settings)]
        for way in ways:
            _ask_as_role(settings, way)
        _ask_for_dagster(settings)
    except _Wrong as wrong:
        return Finding("Database", Verdict.WRONG, str(wrong), Source.CONFIGURED, wrong.settings)
    except psycopg.Error as error:
        sentence = f"the connection broke while it was looked at ({type(error).__name__}); try again"
        return Finding("Database", Verdict.WRONG, sentence, Source.CONFIGURED, (_OWNER,))
    sentence = f"{told}; {' and '.join(way.role for way in ways)} get in and hear announcements"
    if unchecked := _unchecked(settings):
        return Finding("Database", Verdict.NOTE, f"{sentence}; {unchecked}", Source.CONFIGURED, (_CA,))
    change = tuple(dict.fromkeys((_OWNER, *(way.setting for way in ways))))
    return Finding("Database", Verdict.OK, sentence, Source.CONFIGURED, change)


def _told_roles(settings: Settings) -> tuple[Literal["web", "worker"], ...]:
    if settings.database_url:
        return ("web", "worker")
    own: dict[Literal["web", "worker"], object] = {
        "web": settings.database_web_url,
        "worker": settings.database_worker_url,
    }
    return tuple(role for role, url in own.items() if url)


def _connect(url: str, setting: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True, prepare_threshold=None, **CONNECT)
    except psycopg.Error as error:
        change = (setting, _CA) if "certificate" in str(error) else (setting,)
        raise _Wrong(reason_of(error, url, setting), *change) from None


def _ask_as_owner(settings: Settings) -> str:
    url = database_url(settings, "owner")
    with _connect(url, _OWNER) as connection:
        version = connection.info.server_version
        vector = connection.execute(
            "select coalesce(installed_version, default_version) from pg_available_extensions where name = 'vector'"
        ).fetchone()
        row = connection.execute(
            "select rolsuper or rolcreaterole from pg_roles where rolname = current_user"
        ).fetchone()
    told = f"PostgreSQL {version // 10000}.{version % 10000} at {where_of(url)}"
    if not vector:
        raise _Wrong(f"{told} lacks the extension pgvector; install it, or use another server", _OWNER)
    if not (row and row[0]) and not (settings.database_web_url and settings.database_worker_url):
        raise _Wrong(
            f"{told} does not let this user make roles; give it CREATEROLE, or make peak_web and peak_worker by hand",
            _OWNER,
            "PEAK_DATABASE_WEB_URL",
            "PEAK_DATABASE_WORKER_URL",
        )
    return f"{told} answers, pgvector {vector[0]}"


def _has_roles(settings: Settings) -> bool:
    with _connect(database_url(settings, "owner"), _OWNER) as connection:
        row = connection.execute(
            "select count(*) from pg_roles where rolname = any(%s)", (list(ROLE_NAMES.values()),)
        ).fetchone()
    return bool(row and row[0] == len(ROLE_NAMES))


def _ask_as_role(settings: Settings, way: _Way) -> None:
    """Raises: _Wrong: the role does not get in, may do too much, or hears nothing where it listens."""
    word = secrets.token_hex(8)
    with (
        _connect(database_url(settings, way.role), way.setting) as mouth,
        _connect(listen_url(settings, way.role), _LISTEN) as ear,
    ):
        row = mouth.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user").fetchone()
        if row and row[0]:
            raise _Wrong(f"the {way.role} role sees everyone's rows: it must be no superuser", way.setting)
        ear.execute(f"LISTEN {_CHANNEL}")
        mouth.execute("select pg_notify(%s, %s)", (_CHANNEL, word))
        if not _is_heard(ear, word):
            raise _Wrong(
                f"announcements are not heard at {where_of(listen_url(settings, way.role))}: it is a pooler; "
                "give the direct address",
                _LISTEN,
            )


def _is_heard(ear: psycopg.Connection, word: str) -> bool:
    # Others may look at the same time, and are heard as well.
    return any(notice.payload == word for notice in ear.notifies(timeout=_HEARD_WITHIN_S))


def _ask_for_dagster(settings: Settings) -> None:
    if settings.dagster_database_url:
        url = checked(settings, settings.dagster_database_url.get_secret_value())
        _connect(url, "PEAK_DAGSTER_DATABASE_URL").close()


def _unchecked(settings: Settings) -> str:
    """What the addresses leave open that others on the way could use."""
    urls = [database_url(settings, role) for role in _told_roles(settings)]
    places = [place for place in map(make_url, urls) if is_remote(place)]
    modes = {str(place.query.get("sslmode", "prefer")) for place in places}
    is_far = any(not is_loopback(place.host or "") for place in places)
    if is_far and modes & {"disable", "allow", "prefer"}:
        return "nothing demands that what is said on the way is encrypted"
    return "encrypted, but nobody checks whose certificate it is" if "require" in modes else ""

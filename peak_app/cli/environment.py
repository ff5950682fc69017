"""What the environment says, checked before anything starts, and what each process is told of it."""

import difflib
import os
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

from dotenv import dotenv_values
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AliasChoices, SecretStr, ValidationError

from peak_app.cli.left_overs import MARK
from peak_app.config import Settings

_DATABASE_FIELDS = (
    "database_url",
    "database_web_url",
    "database_worker_url",
    "database_pooler_url",
    "database_listen_url",
    "dagster_database_url",
)
DATABASE_NAMES = tuple(f"PEAK_{field.upper()}" for field in _DATABASE_FIELDS)

# Read by the tests only, which look for a browser.
_OTHER_NAMES = ("PEAK_CHROMIUM",)


class BadEnvironment(ValueError):
    """A setting is unknown or has an impossible value; the sentence names it and never shows a secret."""


def setting_names() -> dict[str, tuple[str, ...]]:
    """Names of the environment for each field of the settings."""
    names: dict[str, tuple[str, ...]] = {}
    for field, info in Settings.model_fields.items():
        alias = info.validation_alias
        choices = [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else []
        names[field] = tuple(choices) or (f"PEAK_{field.upper()}",)
    return names


def unknown_names(given: Iterable[str]) -> list[str]:
    """Names that begin like ours and mean nothing: most often a typing mistake."""
    known = {name for names in setting_names().values() for name in names} | set(_OTHER_NAMES)
    return sorted(name for name in given if name.upper().startswith("PEAK_") and name.upper() not in known)


def read_settings(environment: Mapping[str, str] = os.environ, dotenv: Path = Path(".env")) -> Settings:
    """The settings of this process.

    Raises:
        BadEnvironment: a name is unknown, or a value impossible.
    """
    given = [*environment, *(dotenv_values(dotenv) if dotenv.is_file() else {})]
    for name in unknown_names(given):
        known = sorted({other for names in setting_names().values() for other in names})
        near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.6)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise BadEnvironment(f"{name} is not a setting.{hint}")
    try:
        settings = Settings()  # pyright: ignore[reportCallIssue]  # every field has a default
    except ValidationError as error:
        raise BadEnvironment(_sentence(error)) from None
    _check_database_urls(settings)
    _check_ca_file(settings)
    return settings


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = str(first["loc"][0]) if first["loc"] else ""
    # The place is the field's own name, or the alias it was read under.
    field = next((f for f, names in setting_names().items() if place in (f, *names)), place)
    name = setting_names().get(field, (place,))[0]
    info = Settings.model_fields.get(field)
    # An address may hold a password where nobody expects one.
    is_secret = info is None or "SecretStr" in str(info.annotation) or "@" in str(first["input"])
    value = " is not right" if is_secret else f" is {str(first['input'])[:60]!r}"
    return f"{name}{value}: {first['msg'][:1].lower()}{first['msg'][1:]}."


def _check_database_urls(settings: Settings) -> None:
    for field in _DATABASE_FIELDS:
        url: SecretStr | None = getattr(settings, field)
        if not url:
            continue
        plain = url.get_secret_value()
        try:
            conninfo_to_dict(plain)
        except ProgrammingError:
            plain = ""
        if not plain.startswith(("postgresql://", "postgres://")):
            name = setting_names()[field][0]
            raise BadEnvironment(f"{name} is not the address of a PostgreSQL: it must begin with postgresql://.")


def _check_ca_file(settings: Settings) -> None:
    path = settings.database_ca_file
    if path is None:
        return
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise BadEnvironment(f"PEAK_DATABASE_CA_FILE: {path} holds no certificates in PEM form.") from None
    except OSError as error:
        reason = (error.strerror or "refused").lower()
        raise BadEnvironment(f"PEAK_DATABASE_CA_FILE: {path} can't be read ({reason}).") from None


def child_environment(
    home: Path, told: Mapping[str, str], environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Our environment for a child, with what it is told on top and every database address it is not told taken away.

    An address is taken away by an empty value: a missing one would be read again from `.env`.
    """
    child = {name: value for name, value in environment.items() if name.upper() not in DATABASE_NAMES}
    child.update(dict.fromkeys(DATABASE_NAMES, ""))
    child.update({"PEAK_HOME": str(home), "PYTHONUNBUFFERED": "1", MARK: str(home)})
    child.update(told)
    return child

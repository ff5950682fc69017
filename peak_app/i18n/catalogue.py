"""Every word of the interface, looked up by key. A language is one JSON file beside this module, named by its code."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from peak_app.config import settings

SOURCE_LANGUAGE = "en"
"""The language every key exists in; a key another file lacks is taken from here."""


class UnknownLanguage(RuntimeError):
    """The language of the settings has no catalogue."""


def languages() -> list[str]:
    """Codes of all catalogues, sorted."""
    files = resources.files("peak_app.i18n").iterdir()
    return sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json"))


def language_name(language: str) -> str:
    """What a language calls itself, as its own catalogue says; its code where that says nothing."""
    own = json.loads(resources.files("peak_app.i18n").joinpath(f"{language}.json").read_text(encoding="utf-8"))
    return own.get("language.name", language)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of a language, holes filled from the source language.

    Raises:
        UnknownLanguage: there is no such file.
    """
    if language not in languages():
        raise UnknownLanguage(f"There is no catalogue for PEAK_LANGUAGE={language!r}; known: {', '.join(languages())}.")
    own = json.loads(resources.files("peak_app.i18n").joinpath(f"{language}.json").read_text(encoding="utf-8"))
    return own if language == SOURCE_LANGUAGE else {**catalogue(SOURCE_LANGUAGE), **own}


def t(key: str, **values: object) -> str:
    """The text of a key in the language of the settings, its {holes} filled. An unknown key is a KeyError."""
    text = catalogue(settings().language)[key]
    return text.format(**values) if values else text


def plural(key: str, count: int, **values: object) -> str:
    """The text of `key.one` or `key.other`, with {count} filled."""
    return t(f"{key}.{'one' if count == 1 else 'other'}", count=count, **values)


def section(prefix: str) -> dict[str, str]:
    """All texts below a prefix by the rest of their keys, for components written in JavaScript."""
    start = f"{prefix}."
    return {
        key.removeprefix(start): text for key, text in catalogue(settings().language).items() if key.startswith(start)
    }

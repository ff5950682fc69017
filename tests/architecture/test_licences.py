"""No package of the default install has a licence that binds what is built with it; each direct one is named."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKED = sorted(
    {name.lower() for name in re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements.lock").read_text(), re.M)}
)
REVIEWED = {"psycopg", "psycopg-binary", "psycopg2-binary"}
"""Under the Lesser GPL: libraries that are used as they are (docs/dependencies.md)."""
ELSEWHERE = {"async-timeout", "colorama", "httpx2-jsfetch", "pyreadline3", "pywin32"}
"""Only for other systems and other versions of Python."""


def licence_of(name: str) -> str:
    found = distribution(name).metadata
    # A whole text instead of a name speaks of other licences, too: only its beginning says which one it is.
    named = [found.get("License-Expression") or "", (found.get("License") or "")[:80]]
    return " ".join([*named, *(each for each in found.get_all("Classifier") or [] if each.startswith("License"))])


def is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def test_every_locked_package_that_belongs_here_is_looked_at() -> None:
    assert len(LOCKED) > 100
    assert {name for name in LOCKED if not is_installed(name)} <= ELSEWHERE


@pytest.mark.parametrize("name", [name for name in LOCKED if is_installed(name)])
def test_a_package_says_its_licence_and_it_is_not_the_gpl(name: str) -> None:
    licence = licence_of(name)
    assert licence.strip(), "it says none: read its files, and say so here"
    is_gpl = re.search(r"\b[AL]?GPL|General Public Licen[cs]e", licence) is not None
    assert is_gpl == (name in REVIEWED), licence


def test_each_direct_dependency_is_named_with_its_licence() -> None:
    named = (ROOT / "docs" / "dependencies.md").read_text().lower()
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = [re.split(r"[\[<>=;! ]", each)[0].lower() for each in wanted]
    assert [name for name in names if name not in named] == []

"""`peak settings`: every setting, as docs/settings.md and `.env.example` list them."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from peak_app.cli.environment import setting_names
from peak_app.config import Settings

_TOLD_BY_LAUNCHER = "Told by the launcher"
_SECTIONS = {
    "home": "The installation",
    "database_url": "Database",
    "ai_url": _TOLD_BY_LAUNCHER,
    "openai_api_key": "Voice and language models",
    "llm_base_url": "A text model behind the embedded server",
    "polar_access_token": "Payments",
    "stream_api_key": "Stream Video",
    "smtp_host": "Mail",
    "google_client_id": "Sign-in by Google, GitHub and others",
    "free_minutes": "Limits",
    "bridge_capacity": "Bridges",
    "bridge_public_ip": "The network of calls",
    "dagster_launcher": "The pipeline",
    "metrics_token": "Metrics",
}
"""Headings, each above the field it begins with."""

_HEAD = """\
# Settings

Nothing has to be set. What is set comes from the environment, else from `.env` in the project folder
([.env.example](../.env.example) lists them). An unknown name that begins with `PEAK_` is refused at the start; an empty
value counts as none where none is the default. `peak doctor` says what follows from them.

This page is what `peak settings` prints, from `peak_app/config.py`.
"""
_ENV_HEAD = """\
# Everything runs without any of these. Copy to `.env` and fill in what you have; docs/settings.md says more.
# This file is what `peak settings --env` prints.
"""


def run(_settings: Settings, given: argparse.Namespace) -> int:
    print(env_example() if given.env else settings_page(), end="")
    return 0


def settings_page() -> str:
    """All settings as Markdown."""
    lines = [_HEAD]
    for heading, fields in _sections():
        lines += [f"## {heading}", "", "| Name | Value | Default | Meaning |", "|---|---|---|---|"]
        for field, info in fields:
            names = " or ".join(f"`{name}`" for name in setting_names()[field])
            default = _default(info)
            shown = f"`{default}`" if default else "none"
            lines.append(f"| {names} | {_value(info)} | {shown} | {_meaning(info)} |")
        lines.append("")
    return "\n".join(lines)


def env_example() -> str:
    """All settings a person may set, commented out, in the form of `.env`."""
    lines = [_ENV_HEAD.rstrip("\n")]
    for heading, fields in _sections():
        if heading == _TOLD_BY_LAUNCHER:
            continue
        lines += ["", f"# {heading}"]
        for field, info in fields:
            # The name that tools of the provider use as well comes last; it is the one people have.
            lines.append(f"# {setting_names()[field][-1]}={_quoted(_default(info))}")
    return "\n".join(lines) + "\n"


def _sections() -> Iterator[tuple[str, list[tuple[str, FieldInfo]]]]:
    fields = list(Settings.model_fields.items())
    starts = [number for number, (name, _) in enumerate(fields) if name in _SECTIONS]
    for start, end in zip(starts, [*starts[1:], len(fields)], strict=True):
        yield _SECTIONS[fields[start][0]], fields[start:end]


def _default(info: FieldInfo) -> str:
    if info.default is None:
        return ""
    return str(info.default).lower() if isinstance(info.default, bool) else str(info.default)


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


def _value(info: FieldInfo) -> str:
    kind: Any = info.annotation
    if get_origin(kind) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(kind))
    kinds = set(get_args(kind)) or {kind}
    names = {bool: "`true` or `false`", int: "whole number", float: "number", Path: "path", SecretStr: "secret"}
    name = next((text for type_, text in names.items() if type_ in kinds), "text")
    return name + "".join(_limit(rule) for rule in info.metadata)


def _limit(rule: object) -> str:
    words = {"ge": ", from {}", "gt": ", above {}", "le": " to {}", "lt": ", below {}"}
    return "".join(said.format(getattr(rule, name)) for name, said in words.items() if hasattr(rule, name))


def _meaning(info: FieldInfo) -> str:
    """The field's docstring in the words of the environment, on one line: a table's row ends with it."""
    text = " ".join((info.description or "").split()).replace("None:", "none:")
    names = setting_names()
    return re.sub(r"`(\w+)`", lambda word: f"`{names.get(word[1], (word[1],))[0]}`", text)

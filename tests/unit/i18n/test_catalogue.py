"""The one place of all words."""

import json
import re
from importlib import resources
from pathlib import Path
from string import Formatter

import pytest

from peak_app.i18n import catalogue as module
from peak_app.i18n.catalogue import SOURCE_LANGUAGE, UnknownLanguage, catalogue, languages, plural, section, t

ROOT = Path(__file__).parents[3]
SOURCE = catalogue(SOURCE_LANGUAGE)
FOLDERS = [ROOT / "peak_app" / name for name in ("pages", "components", "state", "api", "domain", "i18n")]
PYTHON = "\n".join(path.read_text() for folder in (*FOLDERS, ROOT / "bridge") for path in folder.rglob("*.py"))
ROOM = "\n".join(path.read_text() for path in (ROOT / "peak_app/components/call").glob("*.js*"))

PLAYER = "\n".join(path.read_text() for path in (ROOT / "peak_app/components/player").glob("*.js*"))
CONDUCT = (ROOT / "peak_app/components/conduct.jsx").read_text()
CONDUCT += (ROOT / "peak_app/components/sample.jsx").read_text()
PALETTE = (ROOT / "peak_app/components/palette.jsx").read_text()
RUBRIC = (ROOT / "peak_app/components/rubric.jsx").read_text()
KNOWLEDGE = (ROOT / "peak_app/components/knowledge.jsx").read_text()
AGENT_FILE = (ROOT / "peak_app/components/agent_file.jsx").read_text()
MINUTES = (ROOT / "peak_app/components/minutes.jsx").read_text()


def test_every_text_a_page_asks_for_is_there() -> None:
    asked = set(re.findall(r'\b(?:t|plural)\(\s*"([a-z_.]+)"', PYTHON))
    assert len(asked) > 150
    assert {key for key in asked if key not in SOURCE and f"{key}.other" not in SOURCE} == set()


def test_every_text_the_room_asks_for_is_there() -> None:
    asked = set(re.findall(r"\bstrings\.([a-z_]+)", ROOM))
    assert len(asked) > 30
    # The panel of the settings is given both.
    assert asked <= set(section("room")) | set(section("devices"))


def test_every_text_is_asked_for() -> None:
    asked = re.findall(r"""["']([a-z_.]+)["']""", PYTHON)
    for prefix, name, scripts in (
        ("room", "strings", ROOM),
        ("devices", "strings", ROOM),
        ("player", "labels", PLAYER),
        ("transcript", "labels", PLAYER),
        ("conduct", "labels", CONDUCT),
        ("rubric", "labels", RUBRIC),
        ("knowledge", "labels", KNOWLEDGE),
        ("agent_file", "labels", AGENT_FILE),
        ("minutes", "strings", MINUTES),
        ("palette", "strings", PALETTE),
        ("confirm", "words", ""),
    ):
        asked += [f"{prefix}.{key}" for key in re.findall(rf"\b{name}\.([a-z_]+)", scripts)]
        asked += [f"{prefix}.{key}" for key in re.findall(rf"\b{name}\[`([^`]+)`\]", scripts)]
    asked += re.findall(r'\bt\(f"([^"]+)"', PYTHON)
    # A hole in a key stands for whatever name the page puts there.
    patterns = ["[a-z_]+".join(map(re.escape, re.split(r"\$?\{[^}]*\}", key))) for key in asked]
    known = re.compile("|".join(patterns))
    assert {key for key in SOURCE if not known.fullmatch(re.sub(r"\.(one|other)$", "", key))} == set()


@pytest.mark.parametrize("prefix", ["state", "microphone", "camera"])
def test_the_room_has_a_text_for_every_state(prefix: str) -> None:
    states = {
        "state": {"connecting", "listening", "hearing", "thinking", "speaking", "reconnecting"},
        "microphone": {"asking", "ready", "denied", "missing", "busy"},
        "camera": {"asking", "ready", "denied", "missing", "busy", "off"},
    }[prefix]
    assert {f"{prefix}_{state}" for state in states} <= set(section("room"))


def test_no_text_is_empty_and_no_key_stands_twice() -> None:
    text = resources.files("peak_app.i18n").joinpath(f"{SOURCE_LANGUAGE}.json").read_text()
    pairs = json.loads(text, object_pairs_hook=list)
    assert len(pairs) == len({key for key, _ in pairs})
    assert all(value.strip() for _, value in pairs)


def test_holes_are_filled() -> None:
    assert t("time.minutes", minutes=7) == "7 min"
    with pytest.raises(KeyError):
        t("time.minutes", hours=7)


def test_one_and_many_have_their_own_words() -> None:
    assert plural("meetings.count", 1) == "1 meeting"
    assert plural("meetings.count", 0) == "0 meetings"


def test_an_unknown_key_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        t("no.such.key")


def test_an_unknown_language_is_said_plainly() -> None:
    with pytest.raises(UnknownLanguage, match=r"known: .*en"):
        catalogue("xx")


def test_a_language_may_leave_holes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en.json").write_text(json.dumps({"a": "one", "b": "two"}))
    (tmp_path / "eo.json").write_text(json.dumps({"a": "unu"}))
    monkeypatch.setattr(module.resources, "files", lambda _package: tmp_path)
    catalogue.cache_clear()
    try:
        assert languages() == ["en", "eo"]
        assert catalogue("eo") == {"a": "unu", "b": "two"}
    finally:
        catalogue.cache_clear()


def test_translations_keep_keys_and_holes() -> None:
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for language in languages():
        own = json.loads(resources.files("peak_app.i18n").joinpath(f"{language}.json").read_text())
        assert set(own) <= set(SOURCE), language
        assert {key for key, text in own.items() if holes(text) != holes(SOURCE[key])} == set(), language

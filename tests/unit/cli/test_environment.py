from pathlib import Path

import pytest

from peak_app.cli.environment import (
    DATABASE_NAMES,
    BadEnvironment,
    child_environment,
    read_settings,
    setting_names,
    unknown_names,
)
from peak_app.cli.left_overs import MARK

NO_FILE = Path("/nonexistent/.env")


def test_every_setting_has_a_name_and_keys_of_providers_keep_their_usual_one():
    names = setting_names()
    assert names["port"] == ("PEAK_PORT",)
    assert "OPENAI_API_KEY" in names["openai_api_key"]


def test_names_of_others_are_none_of_our_business():
    assert unknown_names(["PATH", "OPENAI_ORG", "PEAKS", "PEAK_PORT", "PEAK_CHROMIUM"]) == []


def test_a_misspelt_name_is_refused_with_the_nearest_right_one():
    with pytest.raises(BadEnvironment, match=r"PEAK_PROT is not a setting\. Did you mean PEAK_PORT\?"):
        read_settings({"PEAK_PROT": "1"}, NO_FILE)


def test_a_misspelt_name_in_the_env_file_is_refused_too(tmp_path: Path):
    (tmp_path / ".env").write_text("PEAK_HOEM=/x\n")
    with pytest.raises(BadEnvironment, match=r"PEAK_HOEM .* PEAK_HOME"):
        read_settings({}, tmp_path / ".env")


def test_an_impossible_value_is_named_with_what_was_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PEAK_PORT", "70000")
    with pytest.raises(BadEnvironment, match="PEAK_PORT is '70000': input should be less than or equal to 65535"):
        read_settings(dotenv=NO_FILE)


def test_a_database_that_is_no_postgresql_is_refused_without_showing_its_password(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PEAK_DATABASE_URL", "mysql://me:hush-hush@host/db")
    with pytest.raises(BadEnvironment, match="PEAK_DATABASE_URL") as refused:
        read_settings(dotenv=NO_FILE)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "can't be read"), ("-----BEGIN NOTHING-----", "no certificates")]
)
def test_a_file_of_certificates_that_has_none_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, reason: str
):
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    monkeypatch.setenv("PEAK_DATABASE_CA_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(BadEnvironment, match=f"PEAK_DATABASE_CA_FILE: .*ca.pem.*{reason}"):
        read_settings(dotenv=NO_FILE)


def test_a_child_gets_only_the_database_address_it_is_told():
    ours = {"PATH": "/bin", "PEAK_DATABASE_URL": "postgresql://owner", "PEAK_DAGSTER_DATABASE_URL": "postgresql://d"}
    child = child_environment(Path("/home/peak"), {"PEAK_DATABASE_WEB_URL": "postgresql://web"}, ours)
    given = {name: child[name] for name in DATABASE_NAMES}
    # Empty, not missing: a missing one would be read again from `.env`.
    assert given == dict.fromkeys(DATABASE_NAMES, "") | {"PEAK_DATABASE_WEB_URL": "postgresql://web"}
    assert child["PATH"] == "/bin"
    assert child["PEAK_HOME"] == child[MARK] == "/home/peak"

"""Docs of the settings are what the code says."""

from pathlib import Path

from dotenv import dotenv_values

from peak_app.cli.environment import read_settings, setting_names
from peak_app.cli.settings_page import env_example, settings_page
from peak_app.config import Settings

ROOT = Path(__file__).parents[3]


def test_the_page_in_docs_is_up_to_date() -> None:
    page = ROOT / "docs/settings.md"
    assert page.read_text() == settings_page(), "write it anew: .venv/bin/peak settings > docs/settings.md"


def test_the_example_of_an_environment_is_up_to_date() -> None:
    example = ROOT / ".env.example"
    assert example.read_text() == env_example(), "write it anew: .venv/bin/peak settings --env > .env.example"


def test_every_setting_stands_on_the_page_once_and_says_what_it_is_for() -> None:
    rows = [line for line in settings_page().splitlines() if line.startswith("| `")]
    assert len(rows) == len(Settings.model_fields)
    for names in setting_names().values():
        assert sum(f"| `{names[0]}`" in row for row in rows) == 1
    assert all(row.rsplit("|", 2)[1].strip() not in ("", "None") for row in rows)


def test_the_example_uncommented_is_the_same_as_no_settings(tmp_path: Path, monkeypatch) -> None:
    lines = [line.removeprefix("# ") for line in env_example().splitlines() if "=" in line]
    dotenv = tmp_path / ".env"
    dotenv.write_text("\n".join(lines))
    for name, value in dotenv_values(dotenv).items():
        monkeypatch.setenv(name, value or "")
    assert read_settings(dotenv=dotenv) == Settings(_env_file=None)  # pyright: ignore[reportCallIssue]

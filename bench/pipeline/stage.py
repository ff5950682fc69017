"""What is measured on: a PostgreSQL of its own that keeps what it is told, and the pipeline's processes as they run in
production, with Dagster's launcher or ours."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from peak_app.config import Settings
from peak_app.db.engine import database_url, engine
from peak_app.db.tenancy import TenantSessions
from peak_app.embedded.postgres import PostgresServer
from peak_app.migrations.migrate import migrate
from tests.conftest import ScratchDatabase
from tests.emulators.language_server import LanguageServer
from tests.held_calls import HeldCalls
from tests.integration.pipeline_stage import PipelineStage, pipeline_stage
from tests.ports import free_port

Part = Literal["waits", "stock", "idle", "burst", "asking"]
"""What can be measured by itself."""


class Installation:
    """Made by `installed`."""

    def __init__(self, settings: Settings, database: ScratchDatabase) -> None:
        self.settings = settings
        self.database = database
        self._web = TenantSessions(engine(database.web_url))
        self._worker = TenantSessions(engine(database.worker_url))

    def someone(self) -> HeldCalls:
        """A new person with an agent."""
        return HeldCalls(self._web, self._worker)

    def settings_for(self, model: LanguageServer) -> Settings:
        """As a process has them that reads and asks."""
        return self.settings.model_copy(
            update={
                "database_web_url": SecretStr(self.database.web_url),
                "database_worker_url": SecretStr(self.database.worker_url),
                "openai_base_url": model.url,
                "openai_api_key": SecretStr("sk-test"),
            }
        )

    @contextmanager
    def pipeline(self, launcher: Literal["warm", "stock"], model: LanguageServer) -> Iterator[PipelineStage]:
        settings = self.settings.model_copy(update={"dagster_launcher": launcher})
        with pipeline_stage(self.database, settings, model) as stage:
            yield stage


@contextmanager
def installed() -> Iterator[Installation]:
    """Until the end of the `with`. What the developer has set for their own instance does not reach it."""
    for name in [name for name in os.environ if name.startswith(("PEAK_", "OPENAI_"))]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="peak-bench-pipeline-") as folder:
        # PostgreSQL runs as another account when this is root's, and must reach its folder.
        Path(folder).chmod(0o755)
        plain = Settings(_env_file=None, home=Path(folder), secret_key="a secret of this test")  # pyright: ignore[reportCallIssue, reportArgumentType]
        server = PostgresServer.of(plain)
        with server.running(plain) as settings:
            migrate(settings)
            assert settings.dagster_database_url
            urls = {role: database_url(settings, role) for role in ("owner", "web", "worker")}
            yield Installation(
                settings,
                ScratchDatabase(
                    settings=settings,
                    server=server,
                    owner_url=urls["owner"],
                    web_url=urls["web"],
                    worker_url=urls["worker"],
                    dagster_url=settings.dagster_database_url.get_secret_value(),
                    seeds={},
                ),
            )
            for url in urls.values():
                engine(url).dispose()


@contextmanager
def embedded_model() -> Iterator[LanguageServer]:
    """The product's own AI server, as a process."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "peak_app.embedded.ai_server", "--port", str(port)], stderr=subprocess.DEVNULL
    )
    try:
        yield LanguageServer(f"http://127.0.0.1:{port}/v1", [])
    finally:
        process.terminate()
        process.wait(20)

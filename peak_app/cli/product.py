"""The parts of the product as the launcher knows them: commands, what each is told, and how to tell that it works."""

import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import SecretStr

from peak_app.cli.component import Component, Step
from peak_app.cli.dagster_database import ensure_dagster_database, with_dagster_url
from peak_app.cli.environment import child_environment
from peak_app.cli.paths import ROOT
from peak_app.cli.ports import near_address
from peak_app.cli.probes import Probe, answers_ok, beats, in_thread
from peak_app.config import Settings
from peak_app.db.engine import database_url, engine, listen_url
from peak_app.embedded.postgres import PostgresServer
from peak_app.migrations.migrate import migrate

_SILENT = ("code_server", "worker", "daemon")
"""Processes without HTTP, which get a port for their metrics alone."""
PORT_NAMES = ("ai", "bridge", "operator_ui", *_SILENT)
"""Parts that listen on a port of 127.0.0.1 chosen at the launcher's start."""


@dataclass(frozen=True, slots=True)
class Product:
    """Everything `peak up` starts. `ports` has one for each of `PORT_NAMES`; `server` is None with an own database."""

    settings: Settings
    ports: Mapping[str, int]
    server: PostgresServer | None

    def parts(self) -> list[Component | Step]:
        database = [self._postgres(self.server)] if self.server else []
        ai = [self._ai()] if self.settings.is_embedded_ai else []
        return [*database, self._migrations(), self._page(), *ai, self._bridge(), *self._pipelines(), self._web()]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def with_database(self) -> Settings:
        """The settings with every database address known."""
        return with_dagster_url(self.server.applied_to(self.settings) if self.server else self.settings)

    def _postgres(self, server: PostgresServer) -> Component:
        def clear_and_initialise() -> None:
            server.stop_left_over()
            server.initialise()

        return Component(
            name="postgres",
            command=tuple(server.start_command()),
            environment=server.environment(),
            probe=in_thread(server.is_accepting),
            stop_signal=signal.SIGINT,
            hasten_signal=signal.SIGQUIT,
            stop_within_s=20.0,
            spawn_options=server.account.spawn_options(),
            before_start=clear_and_initialise,
            on_answer=lambda: server.prepare(self.settings),
        )

    def _migrations(self) -> Step:
        def work() -> None:
            settings = self.with_database()
            migrate(settings)
            # The launcher needs the owner's rights no longer.
            engine(database_url(settings, "owner"), 1).dispose()
            if self.server is None and self.settings.dagster_database_url is None:
                ensure_dagster_database(settings)

        return Step(name="migrations", work=work, after=("postgres",) if self.server else ())

    def _page(self) -> Component:
        command = (sys.executable, "-m", "peak_app.cli.main", "web", "--build-only")
        return Component(
            name="page", command=command, environment=self._environment({}), probe=None, stop_within_s=2.0, folder=ROOT
        )

    def _ai(self) -> Component:
        module = ("peak_app.embedded.ai_server", *self._listening("ai"))
        return self._python("ai", module, {}, self._answers("ai"), after=())

    def _bridge(self) -> Component:
        told = {"PEAK_DATABASE_WORKER_URL": self._database("worker")}
        part = self._python("bridge", ("bridge", *self._listening("bridge")), told, self._answers("bridge"))
        # SIGTERM lets it finish its calls first, and nobody who stops the product waits for that.
        return replace(part, stop_signal=signal.SIGINT)

    def _pipelines(self) -> list[Component]:
        told = {
            "PEAK_DATABASE_WORKER_URL": self._database("worker"),
            "PEAK_DATABASE_LISTEN_URL": listen_url(self.with_database(), "worker"),
            "PEAK_DAGSTER_DATABASE_URL": _plain(self.with_database().dagster_database_url),
        }
        ui = ("pipelines.operator_ui", "--port", str(self.ports["operator_ui"]))

        def beating(name: str, *after: str) -> Component:
            measured = {**told, "PEAK_METRICS_PORT": str(self.ports[name])}
            return self._python(name, (f"pipelines.{name}",), measured, beats(self.settings, name), after=after)

        # Dagster's own launcher has the code server start its runs.
        workers = [beating("worker", "dagster")] if self.settings.has_warm_workers else []
        return [
            self._python("dagster", ("pipelines.instance",), told, None),
            beating("code_server", "dagster"),
            *workers,
            beating("daemon", "dagster", "code_server"),
            self._python("operator_ui", ui, told, self._answers("operator_ui"), after=("dagster", "code_server")),
        ]

    def _web(self) -> Component:
        return Component(
            name="web",
            command=(sys.executable, "-m", "peak_app.cli.main", "web"),
            environment=self._environment(
                {
                    "PEAK_DATABASE_WEB_URL": self._database("web"),
                    "PEAK_DATABASE_LISTEN_URL": listen_url(self.with_database(), "web"),
                }
            ),
            probe=answers_ok(self.settings.port, "/ping", near_address(self.settings.host)),
            after=("migrations", "page"),
            uses=("bridge", "operator_ui", *self._ai_name()),
            folder=ROOT,
        )

    def _python(
        self,
        name: str,
        module: tuple[str, ...],
        told: Mapping[str, str],
        probe: Probe | None,
        *,
        after: tuple[str, ...] = ("migrations",),
    ) -> Component:
        return Component(
            name=name,
            command=(sys.executable, "-m", *module),
            environment=self._environment(told),
            probe=probe,
            after=after,
            uses=() if name == "ai" else self._ai_name(),
            folder=ROOT,
        )

    def _ai_name(self) -> tuple[str, ...]:
        return ("ai",) if self.settings.is_embedded_ai else ()

    def _listening(self, name: str) -> tuple[str, ...]:
        return ("--host", "127.0.0.1", "--port", str(self.ports[name]))

    def _environment(self, told: Mapping[str, str]) -> dict[str, str]:
        everyone = {
            "PEAK_PORT": str(self.settings.port),
            "PEAK_AI_URL": self.url("ai"),
            "PEAK_BRIDGE_URL": self.url("bridge"),
            "PEAK_OPS_URL": self.url("operator_ui"),
        }
        return child_environment(self.settings.home, {**everyone, **told})

    def _database(self, role: str) -> str:
        return database_url(self.with_database(), "web" if role == "web" else "worker")

    def _answers(self, name: str) -> Probe:
        return answers_ok(self.ports[name], "/healthz")


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""

"""A small product for tests of the launcher: the real PostgreSQL and migrations, and little servers for the rest.

Run as `python -m tests.integration.launcher_stage`. `stage_part` is what its processes run.
"""

import http.server
import os
import subprocess
import sys

from peak_app.cli.component import Component, Step
from peak_app.cli.environment import read_settings
from peak_app.cli.main import report_errors
from peak_app.cli.paths import ROOT
from peak_app.cli.probes import answers_ok
from peak_app.cli.product import Product
from peak_app.cli.up import launch


class StageProduct(Product):
    """PostgreSQL, migrations, a bridge with a grandchild, and a page that answers."""

    def parts(self) -> list[Component | Step]:
        real = [part for part in super().parts() if part.name in ("postgres", "migrations")]
        return [*real, self._little("ai", "ai", ()), self._little("bridge", "bridge"), self._little("web", None)]

    def _little(self, name: str, port_name: str | None, after: tuple[str, ...] = ("migrations",)) -> Component:
        port = self.ports[port_name] if port_name else self.settings.port
        told = {"PEAK_DATABASE_WEB_URL": self._database("web")} if name == "web" else {}
        module = ("tests.integration.launcher_stage", name, str(port))
        return self._python(name, module, told, answers_ok(port, "/ping"), after=after)


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/die":
            os._exit(3)
        body = "\n".join(f"{name}={value}" for name, value in os.environ.items()).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body if self.path == "/environment" else b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


def stage_part(name: str, port: int) -> None:
    if name == "bridge":
        # A grandchild that leaves its parent's process group.
        subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True, stdout=subprocess.DEVNULL
        )
    sys.stdout.write(f"{name} listens\n")
    sys.stdout.flush()
    http.server.ThreadingHTTPServer(("127.0.0.1", port), _Answer).serve_forever()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        stage_part(sys.argv[1], int(sys.argv[2]))
    else:
        os.chdir(ROOT)
        sys.exit(report_errors(lambda: launch(read_settings(), StageProduct)))

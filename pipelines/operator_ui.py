"""Dagster's own page for operators, below /ops.

Dagster has no sign-in of its own. This process listens on loopback and answers only requests that carry a secret of the
installation; the web process adds it for operators, after its own check of who asks.
"""

import argparse
import hmac
from contextlib import ExitStack
from functools import partial

import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from peak_app.config import settings
from peak_app.metrics.page import METRICS_PATH, MetricsPage
from peak_app.operator_access import OPS_HEADER, OPS_PATH, ops_secret
from pipelines.instance import dagster_url, prepare, workspace_path
from pipelines.log_lines import print_log
from pipelines.metrics import REGISTRY, RunQueue
from pipelines.run_counts import count_runs

HEALTH = "/healthz"


class GuardedApp:
    """Lets requests through that carry the secret, those for a sign of life, and readers of metrics."""

    def __init__(self, app: ASGIApp, secret: str, metrics: ASGIApp) -> None:
        self._app = app
        self._secret = secret.encode()
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == HEALTH:
            await PlainTextResponse("ready")(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == METRICS_PATH:
            await self._metrics(scope, receive, send)
        elif scope["type"] == "lifespan" or self._is_allowed(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4401})
        else:
            await PlainTextResponse("Sign in as an operator first.", 401)(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == OPS_HEADER.encode()]
        return len(given) == 1 and hmac.compare_digest(given[0], self._secret)


def main() -> None:
    parser = argparse.ArgumentParser(description="Dagster's page for operators, on loopback.")
    parser.add_argument("--port", type=int, required=True)
    port: int = parser.parse_args().port
    product = settings()
    print_log(product)
    prepare(product)
    RunQueue(partial(count_runs, dagster_url(product)))
    with ExitStack() as stack:
        instance = stack.enter_context(dg.DagsterInstance.get())
        instance.optimize_for_webserver(statement_timeout=15_000, pool_recycle=3_600, max_overflow=20)
        target = WorkspaceFileTarget([str(workspace_path(product))])
        context = stack.enter_context(WorkspaceProcessContext(instance, target, version=__version__, read_only=False))
        app = GuardedApp(
            create_app_from_workspace_process_context(context, OPS_PATH),
            ops_secret(product),
            MetricsPage(REGISTRY, product.metrics_token),
        )
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()

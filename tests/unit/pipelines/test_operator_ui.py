from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from peak_app.config import Settings
from peak_app.metrics.page import MetricsPage, new_registry
from peak_app.operator_access import OPS_HEADER, ops_secret
from pipelines.operator_ui import GuardedApp


async def _page(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("dagster")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("dagster")
    await socket.close()


@pytest.fixture
def client() -> TestClient:
    routes: list[Any] = [Route("/ops", _page, methods=["GET", "POST"]), WebSocketRoute("/ops/graphql", _socket)]
    metrics = MetricsPage(new_registry(), SecretStr("reader"))
    return TestClient(GuardedApp(Starlette(routes=routes), "right", metrics))


def test_who_has_the_secret_gets_the_page(client: TestClient):
    assert client.get("/ops", headers={OPS_HEADER: "right"}).text == "dagster"
    with client.websocket_connect("/ops/graphql", headers={OPS_HEADER: "right"}) as socket:
        assert socket.receive_text() == "dagster"


@pytest.mark.parametrize(
    "headers", [{}, {OPS_HEADER: ""}, {OPS_HEADER: "wrong"}, {OPS_HEADER: "right "}, {OPS_HEADER: "righ\u00e9"}]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_else_gets_anything(client: TestClient, method: str, headers: dict[str, str]):
    raw = {name: value.encode("latin-1") for name, value in headers.items()}

    answer = client.request(method, "/ops", headers=raw)

    assert (answer.status_code, "dagster" in answer.text) == (401, False)


def test_two_secrets_are_as_good_as_none(client: TestClient):
    assert client.get("/ops", headers=[(OPS_HEADER, "right"), (OPS_HEADER, "right")]).status_code == 401


def test_a_socket_without_the_secret_is_closed(client: TestClient):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/ops/graphql"):
        pass


def test_anyone_on_this_machine_may_ask_whether_it_lives(client: TestClient):
    assert client.get("/healthz").text == "ready"
    assert client.get("/healthz", headers={OPS_HEADER: "right"}).text == "ready"
    assert client.get("/healthz/../ops").status_code == 401


def test_metrics_ask_for_their_own_token_and_no_other(client: TestClient):
    assert client.get("/metrics", headers={"authorization": "Bearer reader"}).text.startswith("# HELP process_")
    assert client.get("/metrics", headers={OPS_HEADER: "right"}).status_code == 401


def test_the_secret_is_the_installations_own(settings_for_tests: Callable[..., Settings]):
    one, other = settings_for_tests(), settings_for_tests()

    assert ops_secret(one) == one.derive("ops").hex() != ops_secret(other)

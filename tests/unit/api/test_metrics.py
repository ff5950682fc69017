"""What the web process counts."""

from uuid import uuid4

import pytest
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from peak_app.api import metrics
from peak_app.api.metrics import Measure


async def _answer(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def _files(scope, receive, send) -> None:
    await PlainTextResponse("file")(scope, receive, send)


@pytest.fixture
def client() -> TestClient:
    return TestClient(Measure(Starlette(routes=[Route("/api/calls/{meeting_id}/offer", _answer), Mount("", _files)])))


def count(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return metrics.REGISTRY.get_sample_value("peak_web_requests_total", labels) or 0.0


def test_requests_are_counted_by_the_template_of_their_route(client: TestClient) -> None:
    route = "/api/calls/{meeting_id}/offer"
    before = count("GET", route, "200"), count("GET", "pages", "200")
    for _ in range(3):
        client.get(f"/api/calls/{uuid4()}/offer")
    client.get(f"/someone/{uuid4()}?q=secret")
    after = count("GET", route, "200"), count("GET", "pages", "200")
    assert [b - a for a, b in zip(before, after, strict=True)] == [3, 1]
    assert "secret" not in generate_latest(metrics.REGISTRY).decode()


def test_a_made_up_method_makes_no_label(client: TestClient) -> None:
    client.request("X" * 30, "/")
    assert "XXX" not in generate_latest(metrics.REGISTRY).decode()
    assert count("other", "pages", "200") >= 1


def test_who_was_told_their_place_counts_as_waiting_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    def waiting() -> float | None:
        return metrics.REGISTRY.get_sample_value("peak_web_waiting_calls")

    first, second = uuid4(), uuid4()
    for meeting_id in (first, first, second):
        metrics.note_waiting(meeting_id)
    assert waiting() == 2
    monkeypatch.setattr(metrics, "_WAITS_S", -1.0)
    assert waiting() == 0

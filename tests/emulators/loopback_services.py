"""Protocol doubles of what stands behind the web process, the bridge and the operator pages, noting what they get."""

import asyncio
import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


@dataclass
class BridgeDouble:
    """Answers offers with the SDP it is set to, or with the refusal it is set to."""

    refusal: tuple[int, Any] | None = None
    offers: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    ends: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def offer(self, request: Request) -> Response:
        self.offers.append((request.path_params["meeting_id"], await request.json()))
        if self.refusal:
            return JSONResponse(self.refusal[1], self.refusal[0])
        return JSONResponse({"sdp": "v=0 answer"})

    async def end(self, request: Request) -> Response:
        self.ends.append((request.path_params["meeting_id"], await request.json()))
        return JSONResponse({})

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ready", "calls": 0})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/calls/{meeting_id}/offer", self.offer, methods=["POST"]),
                Route("/calls/{meeting_id}/end", self.end, methods=["POST"]),
                Route("/healthz", self.health),
            ]
        )


@dataclass
class OperatorPagesDouble:
    """Stands where Dagster's webserver stands."""

    requests: list[dict[str, str]] = field(default_factory=list)
    websockets: list[dict[str, str]] = field(default_factory=list)

    async def page(self, request: Request) -> Response:
        self.requests.append(dict(request.headers))
        match request.path_params.get("path", ""):
            case "moved":
                return RedirectResponse(request.url.replace(path="/ops/runs"), 307)
            case "zipped":
                return Response(gzip.compress(b"x" * 5000), headers={"content-encoding": "gzip"})
            case "slow":
                return StreamingResponse(self._pieces(), media_type="text/plain")
            case "graphql":
                return JSONResponse({"echo": (await request.body()).decode(), "query": request.url.query})
        return Response(
            "<h1>operators</h1>",
            media_type="text/html",
            headers={"set-cookie": "dagster=1", "content-security-policy": "default-src *", "x-frame-options": "DENY"},
        )

    async def _pieces(self) -> Any:
        yield b"one "
        await asyncio.sleep(0.5)
        yield b"two"

    async def talk(self, socket: WebSocket) -> None:
        self.websockets.append(dict(socket.headers))
        await socket.accept(subprotocol="graphql-ws")
        try:
            while True:
                await socket.send_text(f"echo {await socket.receive_text()}")
        except WebSocketDisconnect:
            return

    def app(self) -> Starlette:
        methods = ["GET", "POST", "HEAD"]
        return Starlette(
            routes=[
                Route("/healthz", self.page),
                Route("/ops", self.page, methods=methods),
                WebSocketRoute("/ops/graphql", self.talk),
                Route("/ops/{path:path}", self.page, methods=methods),
            ]
        )


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Serve on a free loopback port in a thread; gives the URL."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the double did not start")
            threading.Event().wait(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)

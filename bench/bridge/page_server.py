"""Serves the benchmark's pages and the product's own call code to a browser, and passes its offers on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bench.bridge.contestants import Contestant, NotTaken
from bench.product import free_port
from peak_app.cli.paths import ROOT

PAGES = Path(__file__).parent / "pages"
CALL_CODE = ROOT / "peak_app" / "components" / "call"


@contextlib.asynccontextmanager
async def page_server(contestant: Contestant) -> AsyncIterator[str]:
    """Gives the origin. The page named like the contestant is its own."""

    async def offer(request: Request) -> Response:
        body = await request.json()
        try:
            return JSONResponse({"sdp": await contestant.answer(body["sdp"])})
        except NotTaken as refusal:
            return JSONResponse({"error": str(refusal)}, 503)

    async def ice(_: Request) -> Response:
        return JSONResponse({"ice_servers": [], "ice_transport_policy": "all"})

    port = free_port()
    app = Starlette(
        routes=[
            Route("/offer", offer, methods=["POST"]),
            Route("/api/calls/measured/offer", offer, methods=["POST"]),
            Route("/api/calls/measured/ice", ice),
            Mount("/pages", StaticFiles(directory=PAGES)),
            Mount("/call", StaticFiles(directory=CALL_CODE)),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", loop="none"))
    # The benchmark's own signals are its own.
    server.capture_signals = contextlib.nullcontext  # pyright: ignore[reportAttributeAccessIssue]
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving

"""The real web process over a scratch database, and a browser's two ways to talk to it. Pages are not built."""

import asyncio
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from peak_app.config import Settings
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
_READY_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class WebStage:
    """A running web process; `log` is the file its output goes to."""

    port: int
    settings: Settings
    log: Path
    browsers: "list[Browser]" = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def browser(self) -> "Browser":
        """A browser without cookies, for this test."""
        self.browsers.append(Browser(self))
        return self.browsers[-1]

    def close_browsers(self) -> None:
        while self.browsers:
            self.browsers.pop().http.close()


@contextmanager
def running_web(settings: Settings, web_url: str, folder: Path, environment: dict[str, str]) -> Iterator[WebStage]:
    """Start it with these settings, its database role and more variables; end it at the end."""
    port = free_port()
    log = folder / "web.log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PEAK_", "OPENAI_"))}
    told = {
        "PEAK_HOME": str(settings.home),
        "PEAK_PORT": str(port),
        "PEAK_DATABASE_WEB_URL": web_url,
        "PEAK_LOG_LEVEL": "info",
        "REFLEX_WEB_WORKDIR": str(folder / "web"),
        "REFLEX_DIR": str(folder / "reflex"),
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    }
    lay_out_pages(folder / "web" / "build" / "client")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.web_stage", str(port)],
            cwd=ROOT,
            env={**inherited, **told, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, port, log)
            yield WebStage(port, settings.model_copy(update={"port": port}), log)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def lay_out_pages(client: Path) -> None:
    """What a build of the pages would leave there, as far as serving it is concerned, and the real static files."""
    shutil.copytree(ROOT / "assets", client, ignore=shutil.ignore_patterns("external"))
    (client / "assets").mkdir()
    (client / "assets" / "page-abc123.js").write_text("export const page = 1;")
    (client / "assets" / "reflex-env-abc123.js").write_text(
        "var e={PING:`http://localhost:3000/ping`,EVENT:`ws://localhost:3000/_event`};export{e as t};"
    )
    (client / "meetings").mkdir()
    inline = "<script>document.title = 'inline';</script>"
    for name in ("index", "login", "meetings", "meetings/index", "404"):
        (client / f"{name}.html").write_text(
            f"<!doctype html><link rel=icon href=/icon.svg><title>{name}</title>{inline}<p>page {name}</p>"
        )


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ping", timeout=1, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError(f"the web process did not start:\n{log.read_text()[-4000:]}")


class Browser:
    """Keeps cookies, sends `Origin` like a page of ours, follows no redirects by itself."""

    def __init__(self, stage: WebStage) -> None:
        self.stage = stage
        self.http = httpx.Client(
            base_url=stage.origin, headers={"origin": stage.origin}, follow_redirects=False, trust_env=False, timeout=20
        )

    def ask_for_link(self, email: str, next_path: str = "") -> httpx.Response:
        return self.http.post("/auth/link", data={"email": email, "next": next_path})

    def newest_mail(self, email: str) -> tuple[str, str]:
        """Token and digits of the newest mail to an address, as the local inbox shows it."""
        article = next(
            part for part in self.http.get("/dev/inbox").text.split("<article")[1:] if f"to {email}<" in part
        )
        token = re.search(r"token=([\w-]{43})", article)
        digits = re.search(r"^(\d{6})$", article, re.MULTILINE)
        assert token
        assert digits
        return token[1], digits[1]

    def sign_in(self, email: str, next_path: str = "") -> httpx.Response:
        assert self.ask_for_link(email, next_path).status_code == 303
        return self.http.post("/auth/confirm", data={"token": self.newest_mail(email)[0]})

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar if cookie.path == "/")

    def page(self, path: str, token: str | None = None) -> "Page":
        return Page(self.stage, path, self.cookie_header, token or secrets.token_hex(12))


@dataclass
class Page:
    """An open tab: the websocket that a built page holds. `state` is what the browser was told, by state and var."""

    stage: WebStage
    path: str
    cookie_header: str
    token: str
    headers: dict[str, str] = field(default_factory=dict)
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    redirects: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    _socket: ClientConnection | None = None
    _reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Page":
        headers = {"Origin": self.stage.origin, "Cookie": self.cookie_header, **self.headers}
        url = f"ws://127.0.0.1:{self.stage.port}/_event/?EIO=4&transport=websocket&token={self.token}"
        self._socket = await connect(
            url, additional_headers={name: value for name, value in headers.items() if value}, proxy=None
        )
        assert (await self._socket.recv()).startswith("0")
        await self._socket.send("40/_event,")
        assert (await self._socket.recv()).startswith("40/_event,")
        self._reader = asyncio.create_task(self._read())
        await self.send("reflex___state____state.hydrate_and_load", {"vars": {}})
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._socket
        assert self._reader
        await self._socket.close()
        await self._reader

    async def send(self, name: str, payload: dict[str, Any] | None = None) -> None:
        """Send an event the way a page does, or the way someone does who writes their own."""
        path = self.path.partition("?")[0]
        document = {
            "name": name,
            "payload": payload or {},
            "router_data": {"pathname": path, "asPath": self.path, "query": {}},
        }
        assert self._socket
        await self._socket.send(f"42/_event,{json.dumps(['event', document])}")

    async def _read(self) -> None:
        assert self._socket
        try:
            async for message in self._socket:
                assert isinstance(message, str)
                if message == "2":
                    await self._socket.send("3")
                elif message.startswith("42/_event,"):
                    self.received.append(message)
                    self._take(json.loads(message.removeprefix("42/_event,")))
        except ConnectionClosed:
            return

    def _take(self, message: list[Any]) -> None:
        if message[0] != "event":
            return
        for name, fields in (message[1].get("delta") or {}).items():
            self.state.setdefault(name, {}).update(fields)
        for event in message[1].get("events") or []:
            if event["name"] == "_redirect":
                self.redirects.append(event["payload"]["path"])

    def var(self, state: str, name: str) -> Any:
        """A public var by the end of its state's name."""
        for full_name, fields in self.state.items():
            if full_name.endswith(state):
                for key, value in fields.items():
                    if key.removesuffix("_rx_state_") == name:
                        return value
        return None

    async def until(self, is_so: Any, within_s: float = 8.0) -> None:
        deadline = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < deadline, f"not so within {within_s} s; redirects {self.redirects}"
            await asyncio.sleep(0.01)


def _serve(port: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "peak_app.peak_app:app",
        factory=True,
        interface=Interfaces.ASGI,
        address="127.0.0.1",
        port=port,
        workers=1,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))

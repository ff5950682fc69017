"""Whether everything works: the page itself and what it depends on. Says names and states, nothing else."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import httpx
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from peak_app.api.loopback import loopback
from peak_app.config import Settings, settings
from peak_app.db.engine import DatabaseNotConfigured
from peak_app.heartbeat import ALIVE_WITHIN_S, beating_names, seconds_since_beat
from peak_app.wiring import services

READY, MISSING = "ready", "missing"

_ANSWER_WITHIN_S = 3.0
_KEPT_S = 1.0
# The launcher calls itself done only after we answer, so its word about us would be a circle.
_OURSELVES = "web"

Probe = Callable[[], Awaitable[bool]]


def summary(states: dict[str, str]) -> tuple[dict[str, object], int]:
    """The document and its HTTP status."""
    is_ready = all(state == READY for state in states.values())
    components = {name: {"state": state} for name, state in sorted(states.items())}
    return {"status": READY if is_ready else "degraded", "components": components}, 200 if is_ready else 503


def told_states(document: object) -> dict[str, str]:
    """What the launcher wrote about its processes; nothing when it is not in the form it writes."""
    components = document.get("components") if isinstance(document, dict) else None
    states: dict[str, str] = {}
    for component in components if isinstance(components, list) else []:
        if isinstance(component, dict) and isinstance(component.get("name"), str):
            states[component["name"][:40]] = str(component.get("state", ""))[:20]
    states.pop(_OURSELVES, None)
    return states


class Health:
    """Asks everything at the same time, and reuses the answer for a second: anyone may ask."""

    def __init__(self, settings_: Settings) -> None:
        self._settings = settings_
        self._lock = asyncio.Lock()
        self._answer: tuple[float, dict[str, str]] | None = None

    async def states(self) -> dict[str, str]:
        async with self._lock:
            if self._answer is None or time.monotonic() - self._answer[0] > _KEPT_S:
                self._answer = (time.monotonic(), await self._probe_all())
            return self._answer[1]

    async def _probe_all(self) -> dict[str, str]:
        known = self._settings
        probes: dict[str, Probe] = {
            "database": self._is_database_there,
            "bridge": self._is_bridge_there,
            "operator_ui": lambda: self._answers(f"{known.ops_url}/healthz"),
        }
        if known.is_embedded_ai:
            probes["ai"] = lambda: self._answers(f"{known.ai_url}/healthz")
        outcomes = await asyncio.gather(*(probe() for probe in probes.values()))
        states = {name: READY if is_there else MISSING for name, is_there in zip(probes, outcomes, strict=True)}
        beats, told = await asyncio.to_thread(self._read_files)
        return told | beats | states

    def _read_files(self) -> tuple[dict[str, str], dict[str, str]]:
        beats = {
            name: READY
            if (age := seconds_since_beat(self._settings, name)) is not None and age < ALIVE_WITHIN_S
            else MISSING
            for name in beating_names(self._settings)
        }
        try:
            told = told_states(json.loads((self._settings.home / "run" / "components.json").read_text()))
        except (OSError, ValueError):
            told = {}
        return beats, told

    async def _is_database_there(self) -> bool:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                return await asyncio.to_thread(_ask_database)
        except TimeoutError:
            return False

    async def _is_bridge_there(self) -> bool:
        """Whether the bridge of the settings answers, or another one has shown itself lately."""
        if await self._answers(f"{self._settings.bridge_url}/healthz"):
            return True
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                urls = await asyncio.to_thread(services().bridges.list_living)
        except (TimeoutError, SQLAlchemyError, DatabaseNotConfigured):
            return False
        return any(url != self._settings.bridge_url for url in urls)

    async def _answers(self, url: str) -> bool:
        try:
            answer = await loopback.client.get(url, timeout=_ANSWER_WITHIN_S)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200


def _ask_database() -> bool:
    try:
        with services().sessions.without_tenant() as session:
            session.execute(text("select 1"))
    except (SQLAlchemyError, DatabaseNotConfigured):
        return False
    return True


async def show_health(request: Request) -> Response:
    health: Health = request.app.state.health
    document, status_code = summary(await health.states())
    return JSONResponse(document, status_code, headers={"cache-control": "no-store"})


def health() -> Health:
    return Health(settings())


ROUTES = [Route("/healthz", show_health, methods=["GET", "HEAD"])]

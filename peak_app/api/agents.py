"""Agents as files: `GET /api/agents/{agent_id}/export`, and `POST /api/agents/import` with such a file."""

import asyncio
from datetime import timedelta
from functools import cache

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from peak_app.api.bodies import MediaTypeNotTaken, media_type_of, read_body
from peak_app.api.exports import disposition
from peak_app.api.identity import get_person, path_id
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.agents.portable import FILE_LIMIT, of_file, to_file
from peak_app.domain.exports.service import file_name
from peak_app.errors import TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.wiring import services

FILES_PER_MINUTE = 20
"""Of one person, both ways together."""


@cache
def _asked() -> AttemptLimit:
    return AttemptLimit(FILES_PER_MINUTE, timedelta(minutes=1))


def _require_patience(user_id: object) -> None:
    if not _asked().admit(str(user_id), system_clock()):
        raise TooManyRequests(t("agents.too_many_files"))


async def export(request: Request) -> Response:
    person = await get_person(request)
    agent_id = path_id(request, "agent_id", t("refusal.agent_missing"))
    _require_patience(person.user_id)
    words = await asyncio.to_thread(services().agents.get_words, person.user_id, agent_id)
    headers = {
        "content-disposition": disposition(f"{file_name(words.name, 'Agent')}.agent.json", "agent"),
        # Private words: no cache keeps them.
        "cache-control": "no-store",
    }
    return Response(to_file(words), media_type="application/json", headers=headers)


async def bring_in(request: Request) -> Response:
    person = await get_person(request)
    if media_type_of(request) != "application/octet-stream":
        raise MediaTypeNotTaken(t("refusal.send_file"))
    _require_patience(person.user_id)
    words = await asyncio.to_thread(of_file, await read_body(request, FILE_LIMIT))
    agent = await asyncio.to_thread(services().agents.add_agent, person.user_id, words)
    return JSONResponse(
        {"agent_id": str(agent.agent_id), "name": agent.name}, 201, headers={"cache-control": "no-store"}
    )


ROUTES = [
    Route("/api/agents/import", bring_in, methods=["POST"]),
    Route("/api/agents/{agent_id}/export", export, methods=["GET"]),
]

"""`POST /api/knowledge`: the text in a file. Nothing is kept: the page puts the text into the form of an agent."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from pathlib import PurePath
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from peak_app.api.bodies import MediaTypeNotTaken, media_type_of, read_body
from peak_app.api.identity import get_person
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.agents.knowledge import DOCUMENT_LIMIT, DOCUMENT_NAME_LIMIT, FILE_LIMIT, kind_of_name
from peak_app.domain.fields import optional_text
from peak_app.errors import InvalidInput, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.ports.reading import DocumentReader, ReadText
from peak_app.wiring import services

FILES_PER_MINUTE = 20
"""Of one person."""
READ_AT_ONCE = 2
_LONGEST_NAME = 1_000


class Reading:
    """Reads files apart from the threads everything else needs, one at a time for a person."""

    def __init__(self, reader: DocumentReader) -> None:
        self._reader = reader
        self._threads = ThreadPoolExecutor(READ_AT_ONCE, thread_name_prefix="reading")
        self._busy: set[UUID] = set()

    async def read(self, user_id: UUID, content: bytes) -> ReadText:
        """Raises: TooManyRequests: the person's last file is still being read; whatever the reader raises."""
        if user_id in self._busy:
            raise TooManyRequests(t("knowledge.busy"))
        self._busy.add(user_id)
        job = self._threads.submit(self._reader.read, content, DOCUMENT_LIMIT)
        # Not when this coroutine ends: whoever goes away leaves a thread that still works for them.
        job.add_done_callback(lambda _job: self._busy.discard(user_id))
        return await asyncio.wrap_future(job)


@cache
def _asked() -> AttemptLimit:
    return AttemptLimit(FILES_PER_MINUTE, timedelta(minutes=1))


@cache
def _reading() -> Reading:
    return Reading(services().reader)


async def read_file(request: Request) -> Response:
    person = await get_person(request)
    if media_type_of(request) != "application/octet-stream":
        raise MediaTypeNotTaken(t("refusal.send_file"))
    if not _asked().admit(str(person.user_id), system_clock()):
        raise TooManyRequests(t("knowledge.too_many"))
    content = await read_body(request, FILE_LIMIT)
    if not content:
        raise InvalidInput(t("knowledge.empty_file"))
    found = await _reading().read(person.user_id, content)
    name = document_name(request.query_params.get("name", ""))
    return JSONResponse(
        {"name": name, "kind": kind_of_name(name), "text": found.text, "characters": found.characters},
        headers={"cache-control": "no-store"},
    )


def document_name(file_name: str) -> str:
    """What a document is called that came with this name: without folders and in one line."""
    last = PurePath(file_name.replace("\\", "/")[-_LONGEST_NAME:]).name
    name = " ".join(optional_text(last, t("field.name"), _LONGEST_NAME).split())
    return name[:DOCUMENT_NAME_LIMIT].strip() or t("knowledge.nameless")


ROUTES = [Route("/api/knowledge", read_file, methods=["POST"])]

"""`GET /api/meetings/{meeting_id}/export/{format}`: a meeting as a file, for whoever may read it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta, tzinfo
from functools import cache, partial
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from peak_app.api.identity import get_person, path_id
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.exports.service import PDF, ExportedFile
from peak_app.errors import TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.wiring import services

EXPORTS_PER_MINUTE = 20
"""Of one person."""
MADE_AT_ONCE = 2
"""PDFs; and as many of everything else."""


class Exporting:
    """Makes files apart from the threads everything else needs, one at a time for a person.

    PDFs have threads of their own: setting a long talk takes seconds, and nobody's subtitles wait for it.
    """

    def __init__(self) -> None:
        self._setting = ThreadPoolExecutor(MADE_AT_ONCE, thread_name_prefix="export-pdf")
        self._writing = ThreadPoolExecutor(MADE_AT_ONCE, thread_name_prefix="export")
        self._busy: set[UUID] = set()

    async def make(self, user_id: UUID, format_name: str, export: Callable[[], ExportedFile]) -> ExportedFile:
        """Raises: TooManyRequests: the person's last file is still being made; whatever `export` raises."""
        if user_id in self._busy:
            raise TooManyRequests(t("export.busy"))
        self._busy.add(user_id)
        job = (self._setting if format_name == PDF else self._writing).submit(export)
        # Not when this coroutine ends: whoever goes away leaves a thread that still works for them.
        job.add_done_callback(lambda _job: self._busy.discard(user_id))
        return await asyncio.wrap_future(job)


@cache
def _asked() -> AttemptLimit:
    return AttemptLimit(EXPORTS_PER_MINUTE, timedelta(minutes=1))


@cache
def _exporting() -> Exporting:
    return Exporting()


async def export(request: Request) -> Response:
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.meeting_missing"))
    if not _asked().admit(str(person.user_id), system_clock()):
        raise TooManyRequests(t("export.too_many"))
    format_name, zone = request.path_params["format"], zone_of(person.time_zone)
    make = partial(services().exports.export, person.user_id, meeting_id, format_name, zone)
    file = await _exporting().make(person.user_id, format_name, make)
    headers = {
        "content-disposition": disposition(file.name),
        # Private words: no cache keeps them.
        "cache-control": "no-store",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)


def disposition(name: str, otherwise: str = "meeting") -> str:
    """A download with this name, in plain letters for programs that know no others (RFC 6266)."""
    plain = name.encode("ascii", "ignore").decode().replace("\\", "").replace('"', "").strip()
    if plain.startswith("."):
        plain = f"{otherwise}{plain}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def zone_of(name: str) -> tzinfo:
    """The person's zone, or UTC where the machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


ROUTES = [Route("/api/meetings/{meeting_id}/export/{format}", export, methods=["GET"])]

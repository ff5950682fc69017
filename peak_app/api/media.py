"""Recordings for the player: whole or in parts, only for those who may see the meeting."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from peak_app.api.identity import get_person, path_id
from peak_app.api.ranges import ByteRange, RangeNotSatisfiable, parse_range
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.errors import TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.ports.outflows import on_behalf_of
from peak_app.wiring import services

READS_PER_MINUTE = 600
"""Of recordings, by one person: a player asks for a part at each jump, and a bucket may be paid by the request."""


@cache
def _read() -> AttemptLimit:
    return AttemptLimit(READS_PER_MINUTE, timedelta(minutes=1))


async def play(request: Request) -> Response:
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.recording_missing"))
    if not _read().admit(str(person.user_id), system_clock()):
        raise TooManyRequests(t("refusal.too_fast"))
    recording, store = await asyncio.to_thread(services().recordings.open_recording, person.user_id, meeting_id)
    size = await asyncio.to_thread(store.size_bytes, recording.media_key)
    tag = f'"{recording.sha256}"'
    disposition = "attachment" if request.query_params.get("download") == "1" else "inline"
    headers = {
        "accept-ranges": "bytes",
        "etag": tag,
        # Kept by the person's own browser only, and asked about each time: it may have been deleted.
        "cache-control": "private, no-cache",
        "content-disposition": f'{disposition}; filename="meeting-{meeting_id}.webm"',
        "vary": "cookie",
    }
    if tag in [known.strip() for known in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    try:
        # A part of another version must not be put together with what the browser has.
        is_same = request.headers.get("if-range", tag) == tag
        part = parse_range(request.headers.get("range", ""), size) if is_same else None
    except RangeNotSatisfiable:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    if part is not None:
        headers["content-range"] = part.content_range(size)
    wanted = part or ByteRange(0, size)
    headers["content-length"] = str(wanted.length)
    pieces: Iterator[bytes] = iter(())
    if request.method != "HEAD" and wanted.length:
        # Where a bucket keeps it, what is asked for there is told to whom it belongs.
        with on_behalf_of(recording.owner_id, meeting_id):
            pieces = await asyncio.to_thread(store.read, recording.media_key, wanted.start, wanted.length)
    return StreamingResponse(pieces, 206 if part else 200, headers, media_type=recording.media_type)


ROUTES = [Route("/media/{meeting_id}/recording.webm", play, methods=["GET", "HEAD"])]

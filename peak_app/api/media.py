"""Recordings for the player, and files of a video service: whole or in parts, only for those who may see them."""

import asyncio
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import PurePath
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from peak_app.api.identity import get_person, path_id
from peak_app.api.ranges import ByteRange, RangeNotSatisfiable, parse_range
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.identity import SignedIn
from peak_app.errors import TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.ports.outflows import on_behalf_of
from peak_app.ports.storage import MediaStore
from peak_app.wiring import services

READS_PER_MINUTE = 600
"""Of recordings and files, by one person: a player asks for a part at each jump, and a bucket may be paid by the
request."""


@cache
def _read() -> AttemptLimit:
    return AttemptLimit(READS_PER_MINUTE, timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class _Media:
    """A file in the store, and how it is handed out."""

    owner_id: UUID
    meeting_id: UUID
    key: str
    sha256: str
    name: str
    media_type: str
    is_download: bool


async def play(request: Request) -> Response:
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.recording_missing"))
    _require_patience(person)
    recording, store = await asyncio.to_thread(services().recordings.open_recording, person.user_id, meeting_id)
    media = _Media(
        recording.owner_id,
        meeting_id,
        recording.media_key,
        recording.sha256,
        f"meeting-{meeting_id}.webm",
        recording.media_type,
        is_download=request.query_params.get("download") == "1",
    )
    return await _send(request, media, store)


async def fetch_file(request: Request) -> Response:
    """A file that a video service made of the call. Never shown as a page: it is that service's, and not ours."""
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.file_missing"))
    file_id = path_id(request, "file_id", t("refusal.file_missing"))
    _require_patience(person)
    file, store = await asyncio.to_thread(services().rooms.open_file, person.user_id, meeting_id, file_id)
    name = f"{file.kind}-{file_id}{PurePath(file.media_key).suffix}"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return await _send(
        request, _Media(file.owner_id, meeting_id, file.media_key, file.sha256, name, kind, is_download=True), store
    )


def _require_patience(person: SignedIn) -> None:
    if not _read().admit(str(person.user_id), system_clock()):
        raise TooManyRequests(t("refusal.too_fast"))


async def _send(request: Request, media: _Media, store: MediaStore) -> Response:
    size = await asyncio.to_thread(store.size_bytes, media.key)
    tag = f'"{media.sha256}"'
    headers = {
        "accept-ranges": "bytes",
        "etag": tag,
        # Kept by the person's own browser only, and asked about each time: it may have been deleted.
        "cache-control": "private, no-cache",
        "content-disposition": f'{"attachment" if media.is_download else "inline"}; filename="{media.name}"',
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
        with on_behalf_of(media.owner_id, media.meeting_id):
            pieces = await asyncio.to_thread(store.read, media.key, wanted.start, wanted.length)
    return StreamingResponse(pieces, 206 if part else 200, headers, media_type=media.media_type)


ROUTES = [
    Route("/media/{meeting_id}/recording.webm", play, methods=["GET", "HEAD"]),
    Route("/media/{meeting_id}/files/{file_id}", fetch_file, methods=["GET", "HEAD"]),
]

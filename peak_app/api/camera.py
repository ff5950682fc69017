"""The camera of a running call: chunks of a `MediaRecorder`, kept next to the voices until the recording is made."""

import asyncio
import json
import os
import shutil
from collections import OrderedDict
from datetime import timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from peak_app.api.bodies import BodyTooLarge, MediaTypeNotTaken, read_body
from peak_app.api.calls import own_meeting
from peak_app.api.identity import get_person, path_id
from peak_app.config import settings
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.meetings.service import MeetingView
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.recordings.folders import live_folder
from peak_app.errors import Conflict, InvalidInput, ServiceUnavailable, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock

CHUNKS_PER_MINUTE = 120
"""Of one person: a camera sends fifteen, and more when it catches up."""
CHUNK_LIMIT = 4 * 1024 * 1024
"""Bytes of one chunk."""
MEETING_LIMIT = 2 * 1024**3
"""Bytes of camera for one meeting."""
SEGMENTS = 100
"""Films of one meeting; each switching on of a camera begins one."""
CHUNKS = 10_000
LONGEST_MS = 24 * 3_600_000
_EBML = bytes.fromhex("1a45dfa3")
_LAST_CHUNK_WITHIN = timedelta(seconds=5)
_SEGMENT_NUMBERS = 10**9
_SPARE_BYTES = 500 * 1024**2
"""Disk space that is left to the database."""


class CameraFolder:
    """Writes chunks below `media`, and knows how much a meeting has."""

    def __init__(self, media: Path) -> None:
        self._media = media
        self._sizes: OrderedDict[UUID, int] = OrderedDict()

    def write(self, owner_id: UUID, meeting_id: UUID, *, segment: int, index: int, at_ms: int, chunk: bytes) -> None:
        """Keep a chunk; a repeat changes nothing, and nothing that is there is ever written over. Blocks.

        Raises:
            MediaTypeNotTaken: the first chunk of a segment is no WebM.
            Conflict: a chunk came before the first one of its segment, without which it can't be read; its place is
                taken by another one; or the meeting has as many segments as it may have.
            BodyTooLarge: the meeting has all it may have.
            ServiceUnavailable: the disk is full.
        """
        folder = live_folder(self._media, owner_id, meeting_id)
        start = folder / f"camera.{segment}.json"
        if index == 0 and not chunk.startswith(_EBML):
            raise MediaTypeNotTaken(t("refusal.not_webm"))
        if index > 0 and not start.exists():
            raise Conflict(t("refusal.first_chunk"))
        path = folder / f"camera.{segment}.{index}.webm"
        # The start is written last: a first chunk without it is what a crash left.
        if path.exists() and start.exists():
            if path.read_bytes() != chunk:
                raise Conflict(t("refusal.chunk_taken"))
            return
        if not start.exists() and len(list(folder.glob("camera.*.json"))) >= SEGMENTS:
            raise Conflict(t("refusal.camera_starts"))
        total = self._size(meeting_id, folder) + len(chunk)
        if total > MEETING_LIMIT:
            raise BodyTooLarge(MEETING_LIMIT)
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < _SPARE_BYTES:
            raise ServiceUnavailable(t("refusal.disk_full"), retryable=False)
        _write_whole(path, chunk)
        if index == 0:
            _write_whole(start, json.dumps({"started_ms": at_ms}).encode())
        self._sizes[meeting_id] = total
        self._sizes.move_to_end(meeting_id)
        while len(self._sizes) > 1_000:
            self._sizes.popitem(last=False)

    def _size(self, meeting_id: UUID, folder: Path) -> int:
        known = self._sizes.get(meeting_id)
        if known is not None:
            return known
        return sum(path.stat().st_size for path in folder.glob("camera.*.webm"))


def _write_whole(path: Path, content: bytes) -> None:
    """Readers see the whole file or none."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.write_bytes(content)
    draft.replace(path)


def _number(text: str, limit: int, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) < limit):
        raise InvalidInput(t("refusal.whole_number", name=name, limit=limit), name)
    return int(text)


@cache
def _sent() -> AttemptLimit:
    return AttemptLimit(CHUNKS_PER_MINUTE, timedelta(minutes=1))


def _require_recording(meeting: MeetingView) -> None:
    """The last chunk leaves the browser when the call is over already."""
    if not meeting.is_recorded:
        raise Conflict(t("refusal.not_recorded"))
    ended_at = meeting.ended_at
    is_just_over = ended_at is not None and system_clock() - ended_at < _LAST_CHUNK_WITHIN
    if meeting.status != MeetingStatus.LIVE and not (meeting.status == MeetingStatus.PROCESSING and is_just_over):
        raise Conflict(t("refusal.not_running"))


async def keep_chunk(request: Request) -> Response:
    person = await get_person(request)
    meeting_id = path_id(request, "meeting_id", t("refusal.meeting_missing"))
    segment = _number(request.path_params["segment"], _SEGMENT_NUMBERS, "segment")
    index = _number(request.path_params["index"], CHUNKS, "index")
    at_ms = _number(request.query_params.get("at_ms", ""), LONGEST_MS, "at_ms")
    if not _sent().admit(str(person.user_id), system_clock()):
        raise TooManyRequests(t("refusal.too_fast"))
    chunk = await read_body(request, CHUNK_LIMIT)
    # Only now: a chunk may be on its way for so long that the recording was made meanwhile.
    _require_recording(await own_meeting(person, meeting_id))
    if not chunk:
        raise InvalidInput(t("refusal.chunk_empty"))
    folder: CameraFolder = request.app.state.camera
    async with request.app.state.camera_lock:
        await asyncio.to_thread(
            folder.write, person.user_id, meeting_id, segment=segment, index=index, at_ms=at_ms, chunk=chunk
        )
    return Response(status_code=204, headers={"cache-control": "no-store"})


def camera_folder() -> CameraFolder:
    return CameraFolder(settings().media_home)


ROUTES = [Route("/api/calls/{meeting_id}/camera/{segment}/{index}", keep_chunk, methods=["PUT"])]

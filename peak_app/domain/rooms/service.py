"""Calls held at a room service: opened for a person, heard of by webhooks, looked after until nothing is left there.

A webhook is a doorbell: what it says is that something happened; which files there are, and where, is asked of the
service itself. So it does not matter in which order webhooks come, how often, or whether at all.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlmodel import Session

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.billing.repository import add_delivery
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.recordings.folders import meeting_folder
from peak_app.domain.recordings.lock import alone_with_media
from peak_app.domain.rooms import repository
from peak_app.domain.rooms.models import FileState, KeptCall, KeptFile
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.outflows import on_behalf_of
from peak_app.ports.rooms import (
    FileKind,
    FileRefused,
    HeldFile,
    RoomBell,
    RoomNews,
    RoomPass,
    Rooms,
    RoomsUnavailable,
)
from peak_app.ports.storage import MediaStore

log = logging.getLogger(__name__)

PROVIDER = "stream"
SLACK = timedelta(minutes=10)
"""How much longer than the longest call the service lets it go on: our own bridge ends calls, this is for when it is
gone."""
WATCH_EVERY = timedelta(minutes=5)
"""How often a call is looked at that is not over."""
NEVER_BEGUN_AFTER = timedelta(days=1)
"""So long after the lobby a call that nobody came to is ended at the service."""
EXPECT_FOR = timedelta(days=3)
"""How long after a call its files are waited for. The service itself keeps them for days, not for ever."""
CLAIM_FOR = timedelta(minutes=30)
"""So long nobody else looks after the same call; a worker that dies is followed by another one then."""
FIRST_LOOK, LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)
FILE_LIMIT = 8 * 1024**3
"""Bytes of one file. An hour of composite recording at 1080p is about 2 GB."""
_BATCH = 20
_SUFFIXES = frozenset({".mp4", ".webm", ".mkv", ".m4a", ".mp3", ".ogg", ".jsonl", ".json", ".vtt"})
_HASH_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rung:
    """What came of a webhook. `ended`: whose call the service says is over, owner and meeting."""

    is_new: bool
    ended: tuple[UUID, UUID] | None = None


class RoomService:
    """The web process opens rooms and hears webhooks, with its own role; the pipeline does the rest with the worker's.

    Args:
        rooms: made at first use: the service's SDK is large.
        calls: closes meetings.
        media_home: where files are put while they are fetched.
    """

    def __init__(
        self,
        sessions: TenantSessions,
        clock: Clock,
        rooms: Callable[[], Rooms],
        *,
        calls: CallService,
        store: MediaStore,
        media_home: Path,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._rooms = rooms
        self._calls = calls
        self._store = store
        self._media_home = media_home

    # the web process

    def open_room(self, owner_id: UUID, meeting_id: UUID, longest: timedelta) -> None:
        """Have the meeting's call be there, recorded or not as the person chose.

        Raises:
            NotFound: no such meeting of this person.
            RoomsUnavailable
        """
        now = self._clock()
        with self._sessions.for_user(owner_id) as session:
            is_recorded = meetings.get_meeting(session, meeting_id).is_recorded
            # Before the service hears of it: a deletion must know where something may be.
            repository.note_opening(session, owner_id, meeting_id, at=now, due_at=now + WATCH_EVERY)
            known = repository.find_call(session, meeting_id)
        if known is not None and known.is_recorded == is_recorded:
            # Whoever stands in line asks every few seconds.
            return
        with on_behalf_of(owner_id, meeting_id):
            self._rooms().open_room(owner_id, meeting_id, is_recorded=is_recorded, longest=longest + SLACK)
        with self._sessions.for_user(owner_id) as session:
            row = repository.find_call(session, meeting_id, is_locked=True)
            if row is not None:
                row.is_recorded = is_recorded

    def make_pass(self, owner_id: UUID, meeting_id: UUID) -> RoomPass:
        """A short-lived pass to a call that was opened before. Raises: NotFound, RoomsUnavailable."""
        with self._sessions.for_user(owner_id) as session:
            if repository.find_call(session, meeting_id) is None:
                raise NotFound(t("refusal.meeting_missing"))
        return self._rooms().make_pass(owner_id, meeting_id, self._clock())

    def ring(self, body: bytes, headers: Mapping[str, str]) -> Rung:
        """Take a webhook. Raises: NotSigned."""
        bell, now = self._rooms().read_webhook(body, headers), self._clock()
        owner_id = None
        if bell.meeting_id is not None:
            with self._sessions.bell() as session:
                owner_id = repository.find_owner(session, bell.meeting_id)
        if owner_id is None or bell.meeting_id is None:
            # Of nothing we know of, or not any more.
            with self._sessions.without_tenant() as session:
                return Rung(add_delivery(session, PROVIDER, bell.event_id, bell.kind, now))
        with self._sessions.for_user(owner_id) as session:
            if not add_delivery(session, PROVIDER, bell.event_id, bell.kind, now):
                return Rung(is_new=False)
            call = repository.find_call(session, bell.meeting_id, is_locked=True)
            if call is None:
                return Rung(is_new=True)
            is_over = _hear(session, call, bell, now)
        return Rung(is_new=True, ended=(owner_id, bell.meeting_id) if is_over else None)

    def list_files(self, user_id: UUID, meeting_id: UUID) -> list[KeptFile]:
        """What was fetched of a meeting of this person and is still here: it goes when the recording does."""
        with self._sessions.for_user(user_id) as session:
            rows = [row for row in repository.list_files(session, meeting_id) if row.state == FileState.KEPT]
        return [row for row in rows if self._is_there(row)]

    def open_file(self, user_id: UUID, meeting_id: UUID, file_id: UUID) -> tuple[KeptFile, MediaStore]:
        """One of them, and where to read it. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            rows = [row for row in repository.list_files(session, meeting_id) if row.id == file_id and row.media_key]
        if not rows:
            raise NotFound(t("refusal.file_missing"))
        return rows[0], self._store

    def _is_there(self, file: KeptFile) -> bool:
        try:
            self._store.size_bytes(file.media_key)
        except NotFound:
            return False
        return True

    # the pipeline

    def list_due(self) -> Sequence[KeptCall]:
        """Calls to be looked after now, longest due first."""
        with self._sessions.without_tenant() as session:
            return repository.list_due(session, self._clock(), _BATCH)

    def claim(self, call: KeptCall) -> bool:
        """Whether whoever asks may look after this call now; nobody else does for a while then."""
        if call.due_at is None:
            return False
        with self._sessions.for_user(call.owner_id) as session:
            return repository.claim(session, call.meeting_id, call.due_at, self._clock() + CLAIM_FOR)

    def look_after(self, owner_id: UUID, meeting_id: UUID) -> int:
        """End the call at the service when it is over here, and fetch what it made; gives how many files were kept.

        May be repeated. What the service does not answer now is asked for again later; that is no error.
        Raises: NotFound: the meeting was deleted.
        """
        with self._sessions.for_user(owner_id) as session:
            meeting = meetings.get_meeting(session, meeting_id)
            call = repository.find_call(session, meeting_id)
        if call is None:
            return 0
        if self._goes_on(call, meeting):
            self._plan(owner_id, meeting_id, self._clock() + WATCH_EVERY)
            return 0
        try:
            with on_behalf_of(owner_id, meeting_id):
                self._close(call)
                kept, is_whole = self._fetch_all(owner_id, meeting_id) if meeting.is_recorded else (0, True)
        except RoomsUnavailable as error:
            log.warning("room not looked after: %s", type(error.__cause__ or error).__name__)
            self._plan(owner_id, meeting_id, self._clock() + _retry_delay(call.attempts + 1), is_in_vain=True)
            return 0
        self._plan(owner_id, meeting_id, None if is_whole else self._next_look(owner_id, meeting_id))
        return kept

    def erase(self, meeting_id: UUID) -> None:
        """Delete everything the service has of a meeting; may be repeated. Raises: RoomsUnavailable."""
        self._rooms().erase_room(meeting_id)

    def erase_person(self, owner_id: UUID) -> None:
        """Delete who stands for a person at the service; may be repeated. Raises: RoomsUnavailable."""
        self._rooms().erase_person(owner_id)

    def _goes_on(self, call: KeptCall, meeting: Meeting) -> bool:
        """Whether the call is not over; a meeting that is left live after its call ended is closed here."""
        if meeting.status == MeetingStatus.LIVE:
            if call.ended_at is None:
                return True
            # The bridge was told and did not answer, or there is none any more.
            self._calls.end_call(call.owner_id, call.meeting_id, "lost")
            return False
        is_young = self._clock() - call.opened_at < NEVER_BEGUN_AFTER
        return meeting.status == MeetingStatus.SCHEDULED and is_young

    def _close(self, call: KeptCall) -> None:
        if call.closed_at is not None:
            return
        self._rooms().close_room(call.meeting_id)
        with self._sessions.for_user(call.owner_id) as session:
            row = repository.find_call(session, call.meeting_id, is_locked=True)
            if row is not None:
                row.closed_at, row.is_recorded = self._clock(), None

    def _fetch_all(self, owner_id: UUID, meeting_id: UUID) -> tuple[int, bool]:
        """How many files were kept now, and whether there is nothing more to wait for."""
        rooms = self._rooms()
        found = rooms.list_files(meeting_id)
        with self._sessions.for_user(owner_id) as session:
            settled = {
                (row.kind, row.session_id, row.filename)
                for row in repository.list_files(session, meeting_id)
                if row.state != FileState.WAITING
            }
        kept = 0
        for file in found:
            if (file.kind, *_name(file)) not in settled:
                kept += self._fetch(rooms, owner_id, meeting_id, file)
        kinds = {file.kind for file in found}
        return kept, kinds >= set(FileKind)

    def _fetch(self, rooms: Rooms, owner_id: UUID, meeting_id: UUID, file: HeldFile) -> bool:
        folder = meeting_folder(self._media_home, owner_id, meeting_id)
        folder.mkdir(parents=True, exist_ok=True)
        session_id, filename = _name(file)
        row = KeptFile(
            meeting_id=meeting_id, owner_id=owner_id, kind=file.kind, session_id=session_id, filename=filename
        )
        # Whoever died over the same file left no more than what is written over now.
        draft = folder / f".{_own_name(file)}.{os.getpid()}"
        try:
            rooms.fetch_file(file, draft, FILE_LIMIT)
            row.sha256 = _sha256(draft)
            # A deletion waits for this, and finds the file; or there is no meeting any more, and it is not stored.
            with alone_with_media(self._sessions, meeting_id):
                with self._sessions.for_user(owner_id) as session:
                    meetings.get_meeting(session, meeting_id)
                stored = self._store.put(f"{owner_id}/{meeting_id}/{_own_name(file)}", draft)
            row.state, row.media_key, row.size_bytes = FileState.KEPT, stored.key, stored.size_bytes
        except FileRefused as error:
            row.state, row.reason = FileState.FAILED, error.sentence[:200]
        finally:
            draft.unlink(missing_ok=True)
        row.changed_at = self._clock()
        with self._sessions.for_user(owner_id) as session:
            repository.note_file(session, row)
        return row.state == FileState.KEPT

    def _plan(self, owner_id: UUID, meeting_id: UUID, due_at: datetime | None, *, is_in_vain: bool = False) -> None:
        with self._sessions.for_user(owner_id) as session:
            row = repository.find_call(session, meeting_id, is_locked=True)
            if row is not None:
                row.attempts = row.attempts + 1 if is_in_vain else 0
                row.due_at = due_at

    def _next_look(self, owner_id: UUID, meeting_id: UUID) -> datetime | None:
        """Ever more rarely, the longer it is over; a webhook makes it at once."""
        with self._sessions.for_user(owner_id) as session:
            row = repository.find_call(session, meeting_id)
        if row is None or row.closed_at is None:
            return None
        now = self._clock()
        age = now - row.closed_at
        return None if age > EXPECT_FOR else now + max(FIRST_LOOK, age)


def _hear(session: Session, call: KeptCall, bell: RoomBell, now: datetime) -> bool:
    """Keep what a webhook tells of a call. True: the service says that it is over."""
    match bell.news:
        case RoomNews.STARTED:
            at = bell.at or now
            if call.session_at is None or at >= call.session_at:
                call.session_id, call.session_at = bell.session_id, at
                if call.ended_at is not None and at > call.ended_at:
                    call.ended_at = None
        case RoomNews.ENDED:
            at = bell.at or now
            is_newer_there = bell.session_id != call.session_id and call.session_at is not None and call.session_at > at
            # The end of an earlier stretch, told late, ends nothing: somebody is there again.
            if bell.session_id and is_newer_there:
                return False
            call.ended_at, call.due_at = at, now
            return True
        case RoomNews.FILE_READY:
            call.due_at = now
        case RoomNews.FILE_FAILED:
            repository.note_file(
                session,
                KeptFile(
                    meeting_id=call.meeting_id,
                    owner_id=call.owner_id,
                    kind=bell.file_kind or FileKind.RECORDING,
                    session_id=bell.session_id or bell.event_id,
                    state=FileState.FAILED,
                    reason=t("rooms.not_made"),
                    changed_at=now,
                ),
            )
        case RoomNews.OTHER:
            pass
    return False


def _name(file: HeldFile) -> tuple[str, str]:
    """Session and file name as they are kept."""
    return file.session_id[:80], file.filename[:200]


def _own_name(file: HeldFile) -> str:
    """Our own name of a file: nothing of what the service calls it becomes a path."""
    digest = hashlib.sha256(f"{file.kind}|{file.session_id}|{file.filename}".encode()).hexdigest()[:16]
    suffix = Path(file.filename).suffix.lower()
    return f"{PROVIDER}-{file.kind}-{digest}{suffix if suffix in _SUFFIXES else '.bin'}"


def _retry_delay(attempts: int) -> timedelta:
    return min(LAST_RETRY, FIRST_LOOK * 2 ** min(attempts - 1, 10))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()

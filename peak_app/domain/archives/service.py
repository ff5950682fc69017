"""Everything of a person in one archive that opens without the product, made while it is sent."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import chain
from typing import Any
from uuid import UUID

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.belongings import Belonging, belongings
from peak_app.domain.accounts.models import Account
from peak_app.domain.archives import repository
from peak_app.domain.archives.meeting_page import meeting_page
from peak_app.domain.archives.pages import MeetingFiles, TableFiles, index_page
from peak_app.domain.archives.repository import MeetingEntry
from peak_app.domain.archives.tables import to_csv_lines, to_json_lines
from peak_app.domain.archives.zip_stream import ZipStream
from peak_app.domain.exports.document import to_json
from peak_app.domain.exports.markdown import to_markdown
from peak_app.domain.exports.outline import Outline, outline_of
from peak_app.domain.exports.report import Report
from peak_app.domain.exports.service import ExportService, file_name
from peak_app.domain.exports.subtitles import to_webvtt
from peak_app.domain.fields import uuid_of
from peak_app.errors import Conflict, NotFound
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.outflows import on_behalf_of
from peak_app.ports.storage import MediaStore


class ArchiveService:
    """Reads with the web role, as the person. All methods block, also what they give while it is gone through."""

    def __init__(self, sessions: TenantSessions, exports: ExportService, store: MediaStore, clock: Clock) -> None:
        self._sessions = sessions
        self._exports = exports
        self._store = store
        self._clock = clock

    def stream(self, user_id: UUID, zone: tzinfo) -> Iterator[bytes]:
        """The bytes of a ZIP archive. Times in it are shown in `zone`.

        Raises:
            NotFound: there is no such account. Raised at once, not while it is gone through.
        """
        with self._sessions.for_user(user_id) as session:
            account = session.get(Account, user_id)
            if account is None:
                raise NotFound(t("refusal.account_missing"))
            meetings = repository.list_meetings(session, user_id)
        archive = _Archive(self._sessions, self._exports, self._store, account=account, zone=zone, at=self._clock())
        return archive.pieces(meetings)


class _Archive:
    """One archive under way."""

    def __init__(
        self,
        sessions: TenantSessions,
        exports: ExportService,
        store: MediaStore,
        *,
        account: Account,
        zone: tzinfo,
        at: datetime,
    ) -> None:
        self._sessions = sessions
        self._exports = exports
        self._store = store
        self._account = account
        self._zone = zone
        self._at = at
        self._zip = ZipStream(at.astimezone(zone))
        self._folders: set[str] = set()

    def pieces(self, entries: list[MeetingEntry]) -> Iterator[bytes]:
        meetings: list[MeetingFiles] = []
        for entry in entries:
            files = MeetingFiles(entry)
            yield from self._meeting(files)
            meetings.append(files)
        others = self._list_others()
        for key, name in others:
            yield from self._media(key, name)
        tables: list[TableFiles] = []
        for belonging in belongings():
            yield from self._table(belonging, tables)
        account = self._account
        about = {
            t("settings.name"): account.name,
            t("settings.email"): account.email,
            t("settings.zone"): account.time_zone,
        }
        index = index_page(
            about=about,
            meetings=meetings,
            tables=tables,
            files=[name for _key, name in others],
            made_at=self._at,
            zone=self._zone,
        )
        yield from self._zip.add("index.html", [index])
        yield from self._zip.finish()

    def _meeting(self, files: MeetingFiles) -> Iterator[bytes]:
        entry, owner_id = files.entry, self._account.id
        folder = self._folder(entry)
        prefix = f"{owner_id}/{entry.meeting_id}"
        for key in self._store.list_keys(prefix):
            name = f"{folder}/{key.removeprefix(f'{prefix}/')}"
            files.media.append(name)
            yield from self._media(key, name)
        try:
            report = self._exports.get_report(owner_id, entry.meeting_id, self._zone)
        except (NotFound, Conflict):
            # Not held yet, or deleted while the archive is made.
            return
        outline = outline_of(report)
        files.page = f"{folder}/meeting.html"
        files.documents = _anchors(files.page, outline)
        yield from self._zip.add(files.page, [meeting_page(outline, files)])
        for kind, name, text in _documents(report, outline):
            files.documents[kind] = f"{folder}/{name}"
            yield from self._zip.add(f"{folder}/{name}", [text.encode()])

    def _folder(self, entry: MeetingEntry) -> str:
        """A name that no system refuses and no other meeting has, also where capitals don't count."""
        wanted = f"meetings/{entry.held_at.astimezone(self._zone):%Y-%m-%d} {file_name(entry.title)}"
        name, number = wanted, 1
        while name.casefold() in self._folders:
            number += 1
            name = f"{wanted} {number}"
        self._folders.add(name.casefold())
        return name

    def _media(self, key: str, name: str) -> Iterator[bytes]:
        try:
            with on_behalf_of(self._account.id, None):
                pieces = self._store.read(key, 0, self._store.size_bytes(key))
            first = next(pieces, b"")
        except (NotFound, FileNotFoundError):
            # Deleted while the archive is made.
            return
        # Sound and pictures are as small as they get.
        yield from self._zip.add(name, chain([first], pieces), is_compressed=False)

    def _list_others(self) -> list[tuple[str, str]]:
        """Keys and names of files that belong to no meeting. Those of deleted ones are being erased."""
        own = f"{self._account.id}"
        found: list[tuple[str, str]] = []
        for key in self._store.list_keys(own):
            name = key.removeprefix(f"{own}/")
            if not _is_id(name.partition("/")[0]):
                found.append((key, f"files/{name}"))
        return found

    def _table(self, belonging: Belonging, tables: list[TableFiles]) -> Iterator[bytes]:
        name, count = belonging.table.name, 0

        def rows() -> Iterator[dict[str, Any]]:
            return repository.each_row(self._sessions, self._account.id, self._account.email, belonging)

        def counted() -> Iterator[dict[str, Any]]:
            nonlocal count
            for row in rows():
                count += 1
                yield row

        found = counted()
        first = next(found, None)
        if first is None:
            return
        yield from self._zip.add(f"data/{name}.json", to_json_lines(chain([first], found)))
        yield from self._zip.add(f"data/{name}.csv", to_csv_lines(belonging.shown_columns, rows()))
        tables.append(TableFiles(name, count))


def _anchors(page: str, outline: Outline) -> dict[str, str]:
    there = {
        "transcript": outline.transcript,
        "summary": outline.summary or outline.notes,
        "scorecard": outline.scores,
    }
    return {name: f"{page}#{name}" for name, what in there.items() if what}


def _documents(report: Report, outline: Outline) -> Iterator[tuple[str, str, str]]:
    """What they are, their names, and their content."""
    yield "markdown", "meeting.md", to_markdown(outline)
    yield "subtitles", "transcript.vtt", to_webvtt(report)
    yield "json", "meeting.json", to_json(report)


def _is_id(name: str) -> bool:
    try:
        uuid_of(name, "")
    except NotFound:
        return False
    return True

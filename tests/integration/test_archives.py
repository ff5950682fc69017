"""Someone takes everything away: what is in the archive, what is not, and that only they get it."""

import csv
import io
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.belongings import belongings, is_secret_column
from peak_app.domain.accounts.models import Account
from peak_app.domain.archives.service import ArchiveService
from peak_app.domain.meetings.models import Meeting
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import NotFound
from tests.integration.test_deletion import Desk, desk  # noqa: F401  a fixture
from tests.people import register

ZONE = ZoneInfo("Asia/Tokyo")
HOSTILE = '=cmd|"/c calc"!A1 <script>alert(1)</script> ../../etc/passwd\u202e CON 面接 שלום'


class Links(HTMLParser):
    """Addresses that a page leads to or loads, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value for name, value in attrs if name in ("href", "src") and value]


def opened(archives: ArchiveService, user_id: UUID) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(archives.stream(user_id, ZONE))))


@pytest.fixture
def filled(desk: Desk) -> UUID:  # noqa: F811
    """A person with everything, and one with a little beside them."""
    meeting_id = desk.hold_everything()
    with desk.held.sessions.for_user(desk.user_id) as session:
        session.get_one(Meeting, meeting_id).title = HOSTILE
        session.get_one(Account, desk.user_id).name = HOSTILE[:80]
    desk.held.meetings.create_meeting(desk.user_id, title="round one", agent_id=desk.held.agent_id)
    desk.held.meetings.create_meeting(desk.user_id, title="Round One", agent_id=desk.held.agent_id)
    with desk.held.sessions.for_email(desk.held.person.email) as session:
        session.add(
            Mail(to_email=desk.held.person.email, subject="Sign in", text="a secret way in", link="https://way-in")
        )
    return meeting_id


def test_every_table_with_rows_of_the_person_is_in_it(desk: Desk, filled: UUID) -> None:  # noqa: F811
    with desk.database.server.superuser(DATABASE) as connection:
        counts = {
            each.table.name: connection.execute(
                f'select count(*) from "{each.table.name}" where "{each.column.name}" = %s'.encode(),
                (desk.user_id if each.by == "person" else desk.held.person.email,),
            ).fetchone()
            for each in belongings()
        }
    archive = opened(desk.web.archives, desk.user_id)

    names = set(archive.namelist())
    expected = {name: count[0] for name, count in counts.items() if count and count[0]}
    assert len(expected) > 15
    for table, count in expected.items():
        rows = json.loads(archive.read(f"data/{table}.json"))
        lines = list(csv.reader(io.StringIO(archive.read(f"data/{table}.csv").decode("utf-8-sig"), newline="")))
        assert (len(rows), len(lines) - 1) == (count, count), table
        assert list(rows[0]) == lines[0]
    assert {name for name in names if name.startswith("data/")} == {
        f"data/{table}.{ending}" for table in expected for ending in ("json", "csv")
    }


def test_every_table_with_an_owner_would_be_exported() -> None:
    owned = {table.name for table in SQLModel.metadata.sorted_tables if "owner_id" in table.columns}
    assert owned - {each.table.name for each in belongings()} == {"account_erasure", "subscription_ending"}


def test_nothing_in_it_lets_anyone_in(desk: Desk, filled: UUID) -> None:  # noqa: F811
    archive = opened(desk.web.archives, desk.user_id)
    everything = b"".join(archive.read(name) for name in archive.namelist())

    assert b"a secret way in" not in everything
    assert b"https://way-in" not in everything
    for name in archive.namelist():
        if name.startswith("data/") and name.endswith(".json"):
            table = PurePosixPath(name).stem
            assert not any(is_secret_column(table, column) for column in json.loads(archive.read(name))[0])


def test_no_cell_is_a_formula(desk: Desk, filled: UUID) -> None:  # noqa: F811
    archive = opened(desk.web.archives, desk.user_id)
    for name in archive.namelist():
        if name.endswith(".csv"):
            for line in csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")):
                for cell in line:
                    is_number = re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell) is not None
                    assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (name, cell)


def test_it_opens_without_the_product(desk: Desk, filled: UUID) -> None:  # noqa: F811
    archive = opened(desk.web.archives, desk.user_id)
    names = set(archive.namelist())
    index = archive.read("index.html").decode()

    links = Links(index)
    targets = {unquote(address.partition("#")[0]) for address in links.addresses}
    assert targets <= names
    folder = next(name for name in names if name.endswith("/recording.webm")).rpartition("/")[0]
    assert {f"{folder}/{name}" for name in ("meeting.html", "meeting.md", "meeting.json", "transcript.vtt")} <= targets
    assert any(name.startswith("data/utterance") for name in targets)
    assert re.search(r"meeting\.html#(transcript|summary)", index)
    page = archive.read(f"{folder}/meeting.html").decode()
    for shown in (index, page):
        assert "script" not in Links(shown).tags
        assert "<script>alert" not in shown
        assert not re.search(r"(href|src)=\"?(https?:|//)", shown)
    assert "backfill of forty million rows" in page
    assert 'id="summary"' in page
    assert 'src="recording.webm"' in page
    recorded = archive.read(f"{folder}/recording.webm")
    assert recorded == (desk.folder(filled) / "recording.webm").read_bytes()


def test_names_of_files_are_safe_and_none_is_twice(desk: Desk, filled: UUID) -> None:  # noqa: F811
    names = opened(desk.web.archives, desk.user_id).namelist()

    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert not name.startswith("/")
        assert ".." not in name.split("/")
        assert not set(name) & set('<>:"\\|?*\u202e\0')
    assert any("面接" in name and "שלום" in name for name in names)


def test_nobody_elses_anything_is_in_it(desk: Desk, filled: UUID) -> None:  # noqa: F811
    bob = register(desk.held.sessions, "bob@example.org")
    with desk.held.sessions.for_email("bob@example.org") as session:
        session.add(Mail(to_email="bob@example.org", subject="Bob's", text="", link=""))
    archive = opened(desk.web.archives, desk.user_id)
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"bob@example.org" not in everything

    bobs = opened(desk.web.archives, bob.user_id)
    assert desk.held.person.email.encode() not in b"".join(bobs.read(name) for name in bobs.namelist())
    assert "There are no meetings." in bobs.read("index.html").decode()


def test_what_is_deleted_meanwhile_is_left_out_and_the_archive_is_whole(desk: Desk, filled: UUID) -> None:  # noqa: F811
    pieces = desk.web.archives.stream(desk.user_id, ZONE)
    first = next(pieces)
    desk.delete(filled)
    desk.worker().recordings.delete_media(desk.user_id, filled)
    with zipfile.ZipFile(io.BytesIO(first + b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert "index.html" in archive.namelist()


def test_many_rows_come_page_by_page(desk: Desk) -> None:  # noqa: F811
    with desk.held.sessions.for_user(desk.user_id) as session:
        session.execute(
            text(
                "insert into audit_entry (id, owner_id, action, subject_id, at)"
                " select gen_random_uuid(), :me, 'n' || n, '', now() from generate_series(1, 130) n"
            ),
            {"me": desk.user_id},
        )
    rows = json.loads(opened(desk.web.archives, desk.user_id).read("data/audit_entry.json"))
    assert len({row["id"] for row in rows}) == len(rows) >= 130


def test_an_account_that_is_gone_has_no_archive(desk: Desk, sessions: TenantSessions) -> None:  # noqa: F811
    desk.web.departures.delete_account(desk.user_id, desk.held.person.email)
    with pytest.raises(NotFound):
        desk.web.archives.stream(desk.user_id, ZONE)

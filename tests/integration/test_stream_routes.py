"""Calls in Stream Video at the routes of the real web process: its webhooks, the way in, and files that were fetched.

Stream's software is not installed here: what needs it says so. `make test-stream` tries the way in with it.
"""

import gzip
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.rooms import repository
from peak_app.domain.rooms.models import FileState, KeptCall, KeptFile
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.emulators.loopback_services import BridgeDouble, serving
from tests.integration.web_stage import Browser, WebStage, running_web

ANN, BOB = "ann@example.org", "bob@example.org"
SECRET = "stream-hush-0123456789-0123456789"
WEBHOOK = "/api/webhooks/stream"


@dataclass
class Street:
    web: WebStage
    bridge: BridgeDouble


@pytest.fixture(scope="module")
def neighbours(scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    bridge = BridgeDouble()
    with serving(bridge.app()) as url:
        told = {"PEAK_BRIDGE_URL": url, "PEAK_STREAM_API_KEY": "key", "PEAK_STREAM_API_SECRET": SECRET}
        folder = tmp_path_factory.mktemp("web")
        with running_web(scratch_database.settings, scratch_database.web_url, folder, told) as web:
            yield Street(web, bridge)


@pytest.fixture
def street(neighbours: Street, database: ScratchDatabase) -> Iterator[Street]:
    neighbours.bridge.ends.clear()
    yield neighbours
    neighbours.web.close_browsers()


@pytest.fixture
def ann(street: Street) -> Browser:
    return signed_in(street, ANN)


def signed_in(street: Street, email: str) -> Browser:
    browser = street.web.browser()
    assert browser.sign_in(email).status_code == 303
    return browser


def owner_id(sessions: TenantSessions) -> UUID:
    with sessions.for_email(ANN) as session:
        return session.exec(select(Account.id)).one()


def held_call(sessions: TenantSessions, status: str = "live") -> UUID:
    """A meeting of Ann's whose call the service has."""
    owner = owner_id(sessions)
    agent = AgentService(sessions, system_clock).create_agent(owner, name="Ada", instructions="Ask.")
    meetings = MeetingService(sessions, system_clock)
    meeting_id = meetings.create_meeting(owner, title="Round one", agent_id=agent.agent_id).meeting_id
    now = system_clock()
    for step in {"scheduled": (), "processing": ("live", "processing")}.get(status, (status,)):
        with sessions.for_user(owner) as session:
            session.get_one(Meeting, meeting_id).status = step
    with sessions.for_user(owner) as session:
        repository.note_opening(session, owner, meeting_id, at=now, due_at=now + timedelta(hours=1))
    return meeting_id


def call_of(sessions: TenantSessions, meeting_id: UUID) -> KeptCall:
    with sessions.for_user(owner_id(sessions)) as session:
        found = repository.find_call(session, meeting_id)
    assert found is not None
    return found


def event(kind: str, meeting_id: object, **more: object) -> bytes:
    return json.dumps({"type": kind, "call_cid": f"default:{meeting_id}", **more}).encode()


def ring(street: Street, body: bytes, *, sent: bytes | None = None, secret: str = SECRET) -> httpx.Response:
    """As Stream does: without our origin or a cookie, signed over the body before it was packed."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-signature": signature, "content-type": "application/json"}
    url = f"{street.web.origin}{WEBHOOK}"
    return httpx.post(url, content=sent or body, headers=headers, trust_env=False, timeout=20)


@pytest.mark.parametrize("at", ["2026-11-27T10:00:00.000Z", 1_795_000_000_000_000_000])
@pytest.mark.parametrize("pack", [lambda body: body, gzip.compress], ids=["plain", "packed"])
def test_the_end_of_a_call_at_stream_ends_the_meeting_once(street: Street, ann: Browser, sessions, at, pack) -> None:
    meeting_id = held_call(sessions)
    body = event("call.session_ended", meeting_id, session_id="s1", created_at=at)
    first, again = ring(street, body, sent=pack(body)), ring(street, body, sent=pack(body))

    assert [(each.status_code, each.json()) for each in (first, again)] == [
        (202, {"is_new": True}),
        (202, {"is_new": False}),
    ]
    assert [asked_for for asked_for, _ in street.bridge.ends] == [str(meeting_id)]
    assert call_of(sessions, meeting_id).ended_at is not None


def test_someone_who_left_ends_nothing(street: Street, ann: Browser, sessions) -> None:
    meeting_id = held_call(sessions)
    assert ring(street, event("call.session_participant_left", meeting_id, session_id="s1")).status_code == 202
    assert street.bridge.ends == []
    assert call_of(sessions, meeting_id).ended_at is None


def test_a_file_that_is_ready_is_fetched_soon(street: Street, ann: Browser, sessions) -> None:
    meeting_id = held_call(sessions, "processing")
    before = call_of(sessions, meeting_id).due_at
    film = {"session_id": "s1", "filename": "x.mp4", "url": "https://evil.example.org/x.mp4"}
    assert ring(street, event("call.recording_ready", meeting_id, call_recording=film)).status_code == 202
    after = call_of(sessions, meeting_id).due_at
    assert before is not None
    assert after is not None
    assert after < before


def test_what_is_not_signed_by_stream_is_refused_and_changes_nothing(street: Street, ann: Browser, sessions) -> None:
    meeting_id = held_call(sessions)
    body = event("call.ended", meeting_id)
    other = event("call.ended", uuid4())
    refused = [
        ring(street, body, secret="not-ours"),
        ring(street, other, sent=body),
        httpx.post(f"{street.web.origin}{WEBHOOK}", content=body, trust_env=False),
        ring(street, body, sent=gzip.compress(body)[:-4]),
        ring(street, body, sent=gzip.compress(b"0" * (64 << 20))),
    ]
    assert [each.status_code for each in refused] == [403] * len(refused)
    assert call_of(sessions, meeting_id).ended_at is None
    assert SECRET not in street.web.log.read_text()


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'{"type": 7, "call_cid": null}', event("call.ended", "x")])
def test_what_is_signed_and_says_nothing_to_us_is_taken(street: Street, ann: Browser, body: bytes) -> None:
    assert ring(street, body).status_code == 202
    assert street.bridge.ends == []


def test_a_body_without_end_is_refused(street: Street) -> None:
    assert ring(street, b"x" * (1024 * 1024 + 1)).status_code == 413


def test_without_streams_software_a_person_is_told_so_in_the_lobby(street: Street, ann: Browser, sessions) -> None:
    meeting_id = held_call(sessions, "scheduled")
    answer = ann.http.post(f"/api/calls/{meeting_id}/stream", json={"seat": "tab-1", "record": True})
    assert answer.status_code == 503
    assert "software is not installed" in answer.json()["error"]


def test_nobody_else_gets_in(street: Street, ann: Browser, sessions) -> None:
    meeting_id = held_call(sessions)
    bob, stranger = signed_in(street, BOB), street.web.browser()
    for path in (f"/api/calls/{meeting_id}/stream", f"/api/calls/{meeting_id}/stream/pass"):
        assert bob.http.post(path, json={"seat": "tab-1"}).status_code == 404
        assert stranger.http.post(path, json={"seat": "tab-1"}).status_code == 401
        elsewhere = ann.http.post(path, json={"seat": "tab-1"}, headers={"origin": "https://evil.example.org"})
        assert elsewhere.status_code == 403
    over = held_call(sessions, "processing")
    assert ann.http.post(f"/api/calls/{over}/stream/pass").status_code == 409


def test_passes_are_given_so_often_and_no_more(street: Street, ann: Browser, sessions) -> None:
    path = f"/api/calls/{held_call(sessions)}/stream/pass"
    answers = [ann.http.post(path).status_code for _ in range(22)]
    assert answers[-1] == 429
    assert set(answers[:20]) == {503}, "no software, no pass"


def test_a_fetched_file_is_its_owners_alone_and_never_a_page(street: Street, ann: Browser, sessions) -> None:
    meeting_id, owner = held_call(sessions, "processing"), owner_id(sessions)
    key = f"{owner}/{meeting_id}/stream-transcription-x.jsonl"
    place = street.web.settings.home / "media" / key
    place.parent.mkdir(parents=True)
    place.write_bytes(b'{"text": "<script>"}')
    file = KeptFile(
        meeting_id=meeting_id, owner_id=owner, kind="transcription", session_id="s1", filename="x.jsonl",
        state=FileState.KEPT, media_key=key, size_bytes=20, sha256="ab" * 32, changed_at=system_clock(),
    )  # fmt: skip
    file_id = file.id
    with sessions.for_user(owner) as session:
        session.add(file)
    path = f"/media/{meeting_id}/files/{file_id}"
    answer = ann.http.get(path)

    assert (answer.status_code, answer.content) == (200, place.read_bytes())
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "html" not in answer.headers["content-type"]
    part = ann.http.get(path, headers={"range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, b"text")
    assert signed_in(street, BOB).http.get(path).status_code == 404
    assert street.web.browser().http.get(path).status_code == 401
    for meeting, name in ((meeting_id, uuid4()), (uuid4(), file_id), (meeting_id, "x")):
        assert ann.http.get(f"/media/{meeting}/files/{name}").status_code == 404
    place.unlink()
    assert ann.http.get(path).status_code == 404

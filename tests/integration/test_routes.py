"""The routes of the real web process, as browsers and strangers use them."""

import base64
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import select
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.models import CallLease, Meeting
from peak_app.domain.meetings.service import MOST_CALLS, MeetingService
from peak_app.domain.meetings.ticket import TICKET_PURPOSE, read_ticket
from peak_app.domain.recordings.models import Recording
from peak_app.heartbeat import beat
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.emulators.loopback_services import BridgeDouble, OperatorPagesDouble, serving
from tests.integration.web_stage import Browser, WebStage, running_web

ANN, BOB = "ann@example.org", "bob@example.org"
FIRST_CHUNK = bytes.fromhex("1a45dfa3") + b"webm"


@dataclass
class Street:
    """The web process with its neighbours."""

    web: WebStage
    bridge: BridgeDouble
    operator_pages: OperatorPagesDouble


@pytest.fixture(scope="module")
def neighbours(scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    bridge, operator_pages = BridgeDouble(), OperatorPagesDouble()
    with serving(bridge.app()) as bridge_url, serving(operator_pages.app()) as ops_url:
        told = {"PEAK_BRIDGE_URL": bridge_url, "PEAK_OPS_URL": ops_url, "PEAK_AI_URL": bridge_url}
        folder = tmp_path_factory.mktemp("web")
        with running_web(scratch_database.settings, scratch_database.web_url, folder, told) as web:
            yield Street(web, bridge, operator_pages)


@pytest.fixture
def street(neighbours: Street, database: ScratchDatabase) -> Iterator[Street]:
    neighbours.bridge.refusal = None
    for noted in (
        neighbours.bridge.offers,
        neighbours.bridge.ends,
        neighbours.operator_pages.requests,
        neighbours.operator_pages.websockets,
    ):
        noted.clear()
    yield neighbours
    neighbours.web.close_browsers()


@pytest.fixture
def ann(street: Street) -> Browser:
    """The operator: she came first."""
    return signed_in(street, ANN)


@pytest.fixture
def bob(street: Street, ann: Browser) -> Browser:
    return signed_in(street, BOB)


def signed_in(street: Street, email: str) -> Browser:
    browser = street.web.browser()
    assert browser.sign_in(email).headers["location"] == "/dashboard"
    return browser


def user_id(sessions: TenantSessions, email: str) -> UUID:
    with sessions.for_email(email) as session:
        return session.exec(select(Account.id)).one()


def make_meeting(sessions: TenantSessions, status: str = "scheduled", **fields: object) -> UUID:
    """A meeting of Ann's in that state, with some fields set by hand."""
    owner_id = user_id(sessions, ANN)
    agent = AgentService(sessions, system_clock).create_agent(owner_id, name="Ada", instructions="Ask.")
    meetings = MeetingService(sessions, system_clock)
    meeting_id = meetings.create_meeting(owner_id, title="Round one", agent_id=agent.agent_id).meeting_id
    for step in ("live", "processing") if status == "processing" else (status,):
        with sessions.for_user(owner_id) as session:
            row = session.get_one(Meeting, meeting_id)
            row.status = step
            for name, value in fields.items():
                setattr(row, name, value)
            session.add(row)
    return meeting_id


def add_recording(street: Street, sessions: TenantSessions, meeting_id: UUID, content: bytes) -> None:
    owner_id = user_id(sessions, ANN)
    key = f"{owner_id}/{meeting_id}/recording.webm"
    path = street.web.settings.home / "media" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    with sessions.for_user(owner_id) as session:
        session.add(
            Recording(
                meeting_id=meeting_id,
                owner_id=owner_id,
                media_key=key,
                media_type="video/webm",
                size_bytes=len(content),
                duration_ms=1000,
                sha256="ab" * 32,
            )
        )


# Signing in


def test_signing_in_by_link_leads_where_one_wanted_to_go(street: Street) -> None:
    browser = street.web.browser()
    answer = browser.ask_for_link("Ann@Example.org", "/meetings?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?sent=1&next=/meetings%3Fx%3D1")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("peak_login=")
    assert all(mark in cookie for mark in ("httponly", "path=/auth", "samesite=lax", "max-age=600"))
    token, _ = browser.newest_mail("ann@example.org")
    answer = browser.http.post("/auth/confirm", data={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/meetings?x=1")
    session_cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("peak_session="))
    assert all(mark in session_cookie.lower() for mark in ("httponly", "path=/;", "samesite=lax"))


def test_opening_the_link_uses_nothing_up(street: Street) -> None:
    browser = street.web.browser()
    browser.ask_for_link("ann@example.org")
    token, _ = browser.newest_mail("ann@example.org")
    for _ in range(5):
        scanner = httpx.get(f"{street.web.origin}/auth/confirm?token={token}", trust_env=False)
        assert scanner.status_code == 200
        assert token not in scanner.text
    assert browser.http.post("/auth/confirm", data={"token": token}).headers["location"] == "/dashboard"


def test_digits_sign_in_on_either_page(street: Street) -> None:
    for path, name in (("/auth/code", "code"), ("/auth/confirm", "token")):
        browser = street.web.browser()
        browser.ask_for_link("ann@example.org")
        _, digits = browser.newest_mail("ann@example.org")
        assert browser.http.post(path, data={name: digits}).headers["location"] == "/dashboard"


def test_refusals_lead_to_the_sign_in_page_with_a_code(street: Street) -> None:
    browser, stranger = street.web.browser(), street.web.browser()
    assert browser.ask_for_link("nonsense").headers["location"] == "/login?error=email"
    browser.ask_for_link("ann@example.org")
    token, digits = browser.newest_mail("ann@example.org")
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    assert stranger.http.post("/auth/confirm", data={"token": token}).headers["location"] == "/login?error=browser"
    assert stranger.http.post("/auth/confirm", data={"token": "A" * 43}).headers["location"] == "/login?error=link"
    assert browser.http.post("/auth/code", data={"code": wrong}).headers["location"] == "/login?sent=1&error=code"
    assert "peak_session" not in browser.http.cookies


def test_known_and_unknown_addresses_get_the_same_answer(street: Street, ann: Browser) -> None:
    known, unknown = (street.web.browser().ask_for_link(email) for email in ("ann@example.org", "new@example.org"))
    assert known.status_code == unknown.status_code
    assert known.headers["location"] == unknown.headers["location"]
    assert len(known.headers["set-cookie"]) == len(unknown.headers["set-cookie"])


def test_signing_in_anew_ends_the_browsers_former_session(street: Street, ann: Browser) -> None:
    former = ann.http.cookies["peak_session"]
    ann.sign_in("ann@example.org")
    assert ann.http.cookies["peak_session"] != former
    stale = street.web.browser()
    stale.http.cookies.set("peak_session", former)
    assert stale.http.post(f"/api/calls/{uuid4()}/end").status_code == 401


def test_signing_out_ends_the_session_and_takes_the_cookie(street: Street, ann: Browser) -> None:
    secret = ann.http.cookies["peak_session"]
    assert ann.http.post("/auth/sign-out").headers["location"] == "/login?error=signed_out_now"
    assert "peak_session" not in ann.http.cookies
    ann.http.cookies.set("peak_session", secret)
    assert ann.http.post(f"/api/calls/{uuid4()}/end").status_code == 401


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", None])
@pytest.mark.parametrize(
    "path", ["/auth/link", "/auth/confirm", "/auth/code", "/auth/sign-out", "/ops/graphql", "/any"]
)
def test_a_foreign_page_can_send_nothing(street: Street, path: str, origin: str | None) -> None:
    headers = {"origin": origin} if origin is not None else {}
    answer = httpx.post(f"{street.web.origin}{path}", data={"email": "a@b.c"}, headers=headers, trust_env=False)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", ""])
def test_a_foreign_name_of_ours_is_not_answered(street: Street, host: str) -> None:
    answer = httpx.get(f"{street.web.origin}/dev/inbox", headers={"host": host}, trust_env=False)
    assert answer.status_code in (400, 421)
    assert "Local inbox" not in answer.text


def test_a_form_that_is_too_large_or_no_form_is_refused(street: Street) -> None:
    browser = street.web.browser()
    large = browser.http.post("/auth/link", data={"email": "a" * 10_000})
    assert large.headers["location"].startswith("/login?error=")
    assert browser.http.post("/auth/link", json={"email": "a@b.c"}).headers["location"] == "/login?error=unavailable"


def test_the_local_inbox_is_closed_to_whoever_comes_through_a_proxy(street: Street) -> None:
    browser = street.web.browser()
    assert browser.http.get("/dev/inbox").status_code == 200
    for header in ({"x-forwarded-for": "192.0.2.7"}, {"forwarded": "for=192.0.2.7"}):
        assert browser.http.get("/dev/inbox", headers=header).status_code == 404


def test_nothing_personal_is_logged(street: Street, ann: Browser) -> None:
    token = ann.http.cookies["peak_session"]
    ann.http.post("/auth/sign-out")
    log = street.web.log.read_text()
    assert token not in log
    assert "ann@example.org" not in log


# Headers


def test_every_answer_says_what_a_browser_may_do(street: Street) -> None:
    browser = street.web.browser()
    for path in ("/auth/confirm", "/healthz", "/nothing-here", "/dev/inbox"):
        headers = browser.http.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=(self)" in headers["permissions-policy"]
        assert "cache-control" in headers


# Compiled pages


def test_pages_are_served_without_a_redirect(street: Street) -> None:
    browser = street.web.browser()
    for path, name in (("/", "index"), ("/login", "login"), ("/meetings", "meetings"), ("/meetings/", "meetings")):
        answer = browser.http.get(path)
        assert (answer.status_code, f"page {name}" in answer.text) == (200, True)
        assert answer.headers["cache-control"] == "no-cache"


def test_a_page_for_one_thing_is_found_and_an_unknown_one_is_not(street: Street) -> None:
    browser = street.web.browser()
    assert browser.http.get(f"/meetings/{uuid4()}").status_code == 200
    assert browser.http.get("/no/such/page").status_code == 404


def test_files_named_by_their_content_are_kept_for_good(street: Street) -> None:
    browser = street.web.browser()
    assert "immutable" in browser.http.get("/assets/page-abc123.js").headers["cache-control"]
    assert "immutable" not in browser.http.get("/assets/page-missing.js").headers["cache-control"]
    assert browser.http.get("/confirm.js").headers["cache-control"] == "no-cache"


def test_the_page_is_told_the_address_it_was_opened_by(street: Street) -> None:
    for origin in (street.web.origin, f"http://localhost:{street.web.port}"):
        host = origin.partition("://")[2]
        script = httpx.get(f"{street.web.origin}/assets/reflex-env-abc123.js", headers={"host": host}, trust_env=False)
        assert f"`{origin}/ping`" in script.text
        assert f"`ws://{host}/_event`" in script.text
        assert script.headers["cache-control"] == "no-store"


def test_inline_scripts_of_the_pages_are_vouched_for(street: Street) -> None:
    digest = hashlib.sha256(b"document.title = 'inline';").digest()
    policy = street.web.browser().http.get("/login").headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{base64.b64encode(digest).decode()}';" in policy


# Calls


def offer(browser: Browser, meeting_id: object, **body: object) -> httpx.Response:
    return browser.http.post(f"/api/calls/{meeting_id}/offer", json={"sdp": "v=0", "seat": "s-1", **body})


def test_an_offer_reaches_the_bridge_with_a_ticket(street: Street, ann: Browser, sessions: TenantSessions) -> None:
    meeting_id = make_meeting(sessions)
    answer = offer(ann, meeting_id)
    assert (answer.status_code, answer.json()) == (200, {"sdp": "v=0 answer"})
    asked_for, body = street.bridge.offers[0]
    assert (asked_for, body["sdp"]) == (str(meeting_id), "v=0")
    ticket = read_ticket(body["ticket"], street.web.settings.derive(TICKET_PURPOSE), datetime.now(UTC))
    assert (ticket.meeting_id, ticket.owner_id, ticket.seat_id) == (
        meeting_id,
        user_id(sessions, ANN),
        "s-1",
    )
    assert ticket.remaining_seconds == 60 * 60


def test_a_ticket_gives_no_more_than_the_minutes_that_are_left(street, ann, sessions) -> None:
    now = datetime.now(UTC)
    make_meeting(sessions, status="processing", ended_at=now, connected_ms=50 * 60_000)
    offer(ann, make_meeting(sessions))
    ticket = read_ticket(street.bridge.offers[0][1]["ticket"], street.web.settings.derive(TICKET_PURPOSE), now)
    assert 595 <= ticket.remaining_seconds <= 600


def test_without_minutes_nobody_joins(street, ann, sessions) -> None:
    make_meeting(sessions, status="processing", ended_at=datetime.now(UTC), connected_ms=60 * 60_000)
    answer = offer(ann, make_meeting(sessions))
    assert answer.status_code == 402
    assert "minutes" in answer.json()["error"]
    assert street.bridge.offers == []


@pytest.mark.parametrize("status", ["cancelled", "processing"])
def test_a_meeting_that_is_over_can_not_be_joined(street, ann, sessions, status: str) -> None:
    assert offer(ann, make_meeting(sessions, status=status)).status_code == 409
    assert street.bridge.offers == []


@pytest.mark.parametrize(
    "body",
    [
        {"sdp": ""},
        {"sdp": 7},
        {"sdp": "x" * (64 * 1024 + 1)},
        {"seat": ""},
        {"seat": "a b"},
        {"seat": "x" * 65},
        {"seat": None},
    ],
)
def test_a_malformed_offer_is_refused(street, ann, sessions, body: dict[str, object]) -> None:
    answer = offer(ann, make_meeting(sessions), **body)
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert street.bridge.offers == []


def test_an_offer_that_is_too_large_or_no_json_is_refused(street, ann, sessions) -> None:
    path = f"/api/calls/{make_meeting(sessions)}/offer"
    assert ann.http.post(path, json={"sdp": "x" * 200_000, "seat": "a"}).status_code == 413
    assert ann.http.post(path, content=b"{", headers={"content-type": "application/json"}).status_code == 422
    assert ann.http.post(path, data={"sdp": "v=0", "seat": "a"}).status_code == 415


@pytest.mark.parametrize("status", [403, 409, 422, 503])
def test_the_bridges_refusal_is_passed_on_in_its_words(street, ann, sessions, status: int) -> None:
    street.bridge.refusal = (status, {"error": "Because."})
    answer = offer(ann, make_meeting(sessions))
    assert (answer.status_code, answer.json()) == (status, {"error": "Because."})


@pytest.mark.parametrize("refusal", [(500, {"error": "Traceback"}), (404, {}), (200, {"nothing": 1}), (503, ["x"])])
def test_the_bridges_inner_failures_are_a_plain_sentence(street, ann, sessions, refusal: tuple[int, object]) -> None:
    street.bridge.refusal = refusal
    answer = offer(ann, make_meeting(sessions))
    assert answer.status_code == 503
    assert "Traceback" not in answer.text
    assert answer.json()["error"].endswith(".")


def test_knocking_without_end_is_refused(street, ann, sessions) -> None:
    meeting_id = make_meeting(sessions)
    assert {offer(ann, meeting_id).status_code for _ in range(41)} == {200, 429}


def test_one_person_can_not_take_all_places(street, ann, sessions) -> None:
    meetings = [make_meeting(sessions) for _ in range(MOST_CALLS + 1)]
    owner_id = user_id(sessions, ANN)
    with sessions.for_user(owner_id) as session:
        for meeting_id in meetings[:MOST_CALLS]:
            session.add(CallLease(meeting_id=meeting_id, owner_id=owner_id, bridge_id="b"))
    answer = offer(ann, meetings[MOST_CALLS])
    assert answer.status_code == 409
    assert "other calls" in answer.json()["error"]
    # Whoever comes back to a call that runs already takes no further place.
    assert offer(ann, meetings[0]).status_code == 200


def test_ending_a_call_is_told_to_the_bridge(street, ann, sessions) -> None:
    meeting_id = make_meeting(sessions)
    assert ann.http.post(f"/api/calls/{meeting_id}/end").status_code == 200
    asked_for, body = street.bridge.ends[0]
    ticket = read_ticket(body["ticket"], street.web.settings.derive(TICKET_PURPOSE), datetime.now(UTC))
    assert asked_for == str(ticket.meeting_id) == str(meeting_id)


# Camera


def put_chunk(browser: Browser, meeting_id: object, place: str, chunk: bytes = FIRST_CHUNK, at_ms: object = 0) -> int:
    return browser.http.put(f"/api/calls/{meeting_id}/camera/{place}?at_ms={at_ms}", content=chunk).status_code


def test_chunks_of_a_running_call_are_kept_next_to_the_voices(street, ann, sessions) -> None:
    meeting_id = make_meeting(sessions, status="live")
    assert put_chunk(ann, meeting_id, "0/0", at_ms=1500) == 204
    assert put_chunk(ann, meeting_id, "0/1", b"more") == 204
    live = street.web.settings.home / "media" / str(user_id(sessions, ANN)) / str(meeting_id) / "live"
    assert (live / "camera.0.0.webm").read_bytes() == FIRST_CHUNK
    assert (live / "camera.0.1.webm").read_bytes() == b"more"
    assert (live / "camera.0.json").read_text() == '{"started_ms": 1500}'


@pytest.mark.parametrize(
    ("place", "chunk", "at_ms", "status"),
    [
        ("0/0", b"GIF89a", 0, 415),
        ("0/0", b"", 0, 422),
        ("0/0", b"\x1a\x45\xdf\xa3" + b"x" * (4 * 1024 * 1024), 0, 413),
        ("1/1", b"more", 0, 409),
        ("1000000000/0", FIRST_CHUNK, 0, 422),
        ("0/10000", FIRST_CHUNK, 0, 422),
        ("x/0", FIRST_CHUNK, 0, 422),
        ("-1/0", FIRST_CHUNK, 0, 422),
        ("0/0", FIRST_CHUNK, "", 422),
        ("0/0", FIRST_CHUNK, "1e3", 422),
        ("0/0", FIRST_CHUNK, 10**12, 422),
        ("..%2f0/0", FIRST_CHUNK, 0, 405),
    ],
)
def test_what_is_no_chunk_is_refused(ann, sessions, place, chunk, at_ms, status) -> None:  # noqa: PLR0917
    assert put_chunk(ann, make_meeting(sessions, "live"), place, chunk, at_ms) == status


def test_only_a_running_call_takes_chunks_and_the_last_one_shortly_after(street, ann, sessions) -> None:
    now = datetime.now(UTC)
    assert put_chunk(ann, make_meeting(sessions), "0/0") == 409
    assert put_chunk(ann, make_meeting(sessions, status="processing", ended_at=now), "0/0") == 204
    ended_at = now - timedelta(seconds=6)
    assert put_chunk(ann, make_meeting(sessions, status="processing", ended_at=ended_at), "0/0") == 409


# Recordings

CONTENT = bytes(range(256)) * 4096


@pytest.fixture
def recording(street: Street, ann: Browser, sessions: TenantSessions) -> str:
    meeting_id = make_meeting(sessions)
    add_recording(street, sessions, meeting_id, CONTENT)
    return f"/media/{meeting_id}/recording.webm"


def test_a_recording_is_played_whole(ann: Browser, recording: str) -> None:
    answer = ann.http.get(recording)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "video/webm"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-disposition"].startswith("inline")
    head = ann.http.head(recording)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(CONTENT)))


@pytest.mark.parametrize(
    ("asked", "part", "said"),
    [
        ("bytes=0-1", slice(0, 2), "bytes 0-1/1048576"),
        ("bytes=1000-", slice(1000, None), "bytes 1000-1048575/1048576"),
        ("bytes=-5", slice(-5, None), "bytes 1048571-1048575/1048576"),
        ("bytes=1048000-9999999", slice(1048000, None), "bytes 1048000-1048575/1048576"),
    ],
)
def test_a_player_jumps_into_a_recording(ann: Browser, recording: str, asked: str, part: slice, said: str) -> None:
    answer = ann.http.get(recording, headers={"range": asked})
    assert (answer.status_code, answer.content) == (206, CONTENT[part])
    assert answer.headers["content-range"] == said
    assert answer.headers["content-length"] == str(len(CONTENT[part]))


def test_a_jump_behind_the_end_is_refused(ann: Browser, recording: str) -> None:
    answer = ann.http.get(recording, headers={"range": "bytes=1048576-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */1048576")


def test_a_part_of_another_version_is_not_given(ann: Browser, recording: str) -> None:
    tag = ann.http.head(recording).headers["etag"]
    part = {"range": "bytes=0-1"}
    assert ann.http.get(recording, headers={**part, "if-range": tag}).status_code == 206
    assert ann.http.get(recording, headers={**part, "if-range": '"other"'}).status_code == 200
    assert ann.http.get(recording, headers={"if-none-match": tag}).status_code == 304


def test_a_recording_can_be_downloaded(ann: Browser, recording: str) -> None:
    answer = ann.http.get(f"{recording}?download=1")
    assert answer.headers["content-disposition"].startswith('attachment; filename="meeting-')


# Operator pages


def test_the_operator_sees_the_operator_pages_through_us(street: Street, ann: Browser) -> None:
    answer = ann.http.get("/ops/runs?a=1", headers={"x-peak-ops": "forged"})
    assert (answer.status_code, answer.text) == (200, "<h1>operators</h1>")
    sent = street.operator_pages.requests[0]
    assert sent["x-peak-ops"] == street.web.settings.derive("ops").hex()
    assert "cookie" not in sent
    assert "set-cookie" not in answer.headers
    assert "unsafe-inline" in answer.headers["content-security-policy"]
    assert "x-peak-own-policy" not in answer.headers


def test_operator_pages_come_through_unchanged(street: Street, ann: Browser) -> None:
    assert ann.http.get("/ops/zipped").content == b"x" * 5000
    assert ann.http.get("/ops/moved").headers["location"] == "/ops/runs"
    answer = ann.http.post("/ops/graphql?op=x", json={"query": "{ runs }"})
    assert answer.json() == {"echo": '{"query":"{ runs }"}', "query": "op=x"}
    # A GET would be run without anyone asking which page sent it.
    assert ann.http.get("/ops/graphql?query=mutation").status_code == 405
    assert ann.http.post("/ops/graphql", content=b"x" * (2 * 1024 * 1024 + 1)).status_code == 413


def test_long_answers_of_the_operator_pages_are_streamed(street: Street, ann: Browser) -> None:
    started = time.monotonic()
    with ann.http.stream("GET", "/ops/slow") as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"one "
        assert time.monotonic() - started < 0.45
        assert b"".join(pieces) == b"two"


def test_nobody_else_sees_the_operator_pages(street: Street, bob: Browser) -> None:
    for path in ("/ops", "/ops/runs"):
        assert bob.http.get(path).status_code == 404
        assert street.web.browser().http.get(path).headers["location"] == "/login?next=/ops"
    assert bob.http.post("/ops/graphql", json={}).status_code == 404
    assert street.operator_pages.requests == []


async def test_the_operators_websocket_is_carried_both_ways(street: Street, ann: Browser) -> None:
    url = f"ws://127.0.0.1:{street.web.port}/ops/graphql"
    headers = {"Origin": street.web.origin, "Cookie": ann.cookie_header}
    async with connect(url, additional_headers=headers, subprotocols=["graphql-ws"], proxy=None) as socket:  # pyright: ignore[reportArgumentType]
        assert socket.subprotocol == "graphql-ws"
        await socket.send("hello")
        assert await socket.recv() == "echo hello"
    sent = street.operator_pages.websockets[0]
    assert sent["x-peak-ops"] == street.web.settings.derive("ops").hex()
    assert "cookie" not in sent


async def test_the_operators_websocket_is_refused_to_everyone_else(street: Street, ann: Browser, bob: Browser) -> None:
    url = f"ws://127.0.0.1:{street.web.port}/ops/graphql"
    own = street.web.origin
    for headers in (
        {"Origin": own},
        {"Origin": own, "Cookie": bob.cookie_header},
        {"Origin": "http://evil.example", "Cookie": ann.cookie_header},
        {"Cookie": ann.cookie_header},
    ):
        with pytest.raises(InvalidStatus):
            async with connect(url, additional_headers=headers, subprotocols=["graphql-ws"], proxy=None):  # pyright: ignore[reportArgumentType]
                raise AssertionError("it was let in")
    assert street.operator_pages.websockets == []


# Health


def health_of(street: Street) -> tuple[int, dict[str, str]]:
    time.sleep(1.1)
    answer = httpx.get(f"{street.web.origin}/healthz", trust_env=False, headers={"host": "10.0.0.7:80"})
    return answer.status_code, {name: part["state"] for name, part in answer.json()["components"].items()}


def test_health_is_503_while_something_is_missing_and_says_what(street: Street) -> None:
    run = street.web.settings.home / "run"
    for path in run.glob("*") if run.exists() else ():
        path.unlink()
    for name in ("daemon", "worker"):
        beat(street.web.settings, name)
    status, states = health_of(street)
    assert status == 503
    assert states == {
        "database": "ready",
        "bridge": "ready",
        "ai": "ready",
        "operator_ui": "ready",
        "daemon": "ready",
        "worker": "ready",
        "code_server": "missing",
    }
    beat(street.web.settings, "code_server")
    assert health_of(street)[0] == 200
    components = run / "components.json"
    components.write_text(
        '{"components": [{"name": "postgres", "state": "restarting"}, {"name": "web", "state": "x"}]}'
    )
    status, states = health_of(street)
    assert (status, states["postgres"]) == (503, "restarting")
    components.unlink()

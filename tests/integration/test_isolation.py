"""Nobody sees or changes what is someone else's: not by the database, routes, pages, events or tabs."""

import asyncio
import inspect
import io
import zipfile
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, select
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account, LoginSession
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings import repository
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.turns import Turn
from peak_app.domain.recordings.models import Recording
from peak_app.migrations import tables
from peak_app.ports.clock import system_clock
from peak_app.state.departure import DepartureState
from peak_app.state.guard import all_states
from tests.conftest import ScratchDatabase
from tests.integration.web_stage import Browser, Page, WebStage

MARK = "xylograph"
"""A word in everything of Ann's; it must not reach anyone else."""
ANN, BOB = "ann@example.org", "bob@example.org"
SESSION = "session____session_state"
TABS = 5
"""Tabs that attack at the same time: events are limited for each."""


@dataclass(frozen=True)
class Belongings:
    """What Ann has."""

    user_id: UUID
    meeting_id: UUID
    agent_id: UUID
    session_id: UUID


@pytest.fixture
def ann(web: WebStage) -> Browser:
    browser = web.browser()
    browser.sign_in(ANN)
    return browser


@pytest.fixture
def bob(web: WebStage, ann: Browser) -> Browser:
    browser = web.browser()
    browser.sign_in(BOB)
    return browser


@pytest.fixture
def belongings(web: WebStage, ann: Browser, sessions: TenantSessions) -> Belongings:
    with sessions.for_email(ANN) as session:
        user_id = session.exec(select(Account.id)).one()
    agent = AgentService(sessions, system_clock).create_agent(
        user_id,
        name=MARK,
        instructions=f"Ask about {MARK}.",
        documents=[Document(MARK, "cv", f"Played the {MARK}.")],
    )
    meeting = MeetingService(sessions, system_clock).create_meeting(
        user_id, title=f"About {MARK}", agent_id=agent.agent_id
    )
    key = f"{user_id}/{meeting.meeting_id}/recording.webm"
    path = web.settings.home / "media" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(MARK.encode())
    with sessions.for_user(user_id) as session:
        session.get_one(Account, user_id).name = MARK
        turn = Turn(item_id="1", speaker="candidate", text=MARK, start_ms=0, end_ms=1, is_final=True)
        repository.upsert_utterance(session, user_id, meeting.meeting_id, turn)
        session.add(
            Recording(
                meeting_id=meeting.meeting_id,
                owner_id=user_id,
                media_key=key,
                media_type="video/webm",
                size_bytes=len(MARK),
                duration_ms=1,
                sha256="ab" * 32,
            )
        )
        session_id = session.exec(select(LoginSession.id)).one()
    return Belongings(user_id, meeting.meeting_id, agent.agent_id, session_id)


def everything_of(sessions: TenantSessions, user_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """All rows this person sees, except for when a session was last used."""
    with sessions.for_user(user_id) as session:
        return {
            table.name: sorted(
                (tuple(row) for row in session.execute(table.select().with_only_columns(*_lasting(table)))), key=str
            )
            for table in tables.metadata.sorted_tables
        }


def _lasting(table: Any) -> list[Any]:
    return [column for column in table.columns if column.name != "last_seen_at"]


# The database


OWNED = [table.name for table in SQLModel.metadata.sorted_tables if "owner_id" in table.columns]


@pytest.mark.parametrize("table", OWNED)
def test_the_web_role_reads_nothing_without_saying_for_whom(belongings, sessions: TenantSessions, table: str) -> None:
    with sessions.without_tenant() as session:
        assert session.execute(text(f'select count(*) from "{table}"')).scalar_one() == 0


@pytest.mark.parametrize("table", OWNED)
def test_nobody_reads_or_deletes_rows_of_someone_else(belongings, bob, sessions: TenantSessions, table: str) -> None:
    with sessions.for_email(BOB) as session:
        bob_id = session.exec(select(Account.id)).one()
    with sessions.for_user(bob_id) as session:
        others = text(f'select count(*) from "{table}" where owner_id <> :me')
        assert session.execute(others, {"me": bob_id}).scalar_one() == 0


def test_nobody_writes_in_the_name_of_someone_else(belongings: Belongings, bob, sessions: TenantSessions) -> None:
    with sessions.for_email(BOB) as session:
        bob_id = session.exec(select(Account.id)).one()
    with sessions.for_user(bob_id) as session:
        changed = session.execute(
            text("update meeting set title = 'mine' where id = :id"), {"id": belongings.meeting_id}
        )
        assert changed.rowcount == 0  # pyright: ignore[reportAttributeAccessIssue]
    with sessions.for_user(belongings.user_id) as session:
        assert MARK in session.get_one(Meeting, belongings.meeting_id).title


# Routes


RouteCall = tuple[str, str, dict[str, Any]]
ROUTES: list[RouteCall] = [
    ("POST", "/api/calls/{meeting_id}/offer", {"json": {"sdp": "v=0", "seat": "s"}}),
    ("POST", "/api/calls/{meeting_id}/end", {}),
    ("PUT", "/api/calls/{meeting_id}/camera/0/0?at_ms=0", {"content": b"\x1a\x45\xdf\xa3"}),
    ("GET", "/api/meetings/{meeting_id}/calendar.ics", {}),
    ("GET", "/media/{meeting_id}/recording.webm", {}),
    ("HEAD", "/media/{meeting_id}/recording.webm", {}),
    ("GET", "/media/{meeting_id}/recording.webm?download=1", {"headers": {"range": "bytes=0-2"}}),
]


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_says_nothing_about_what_is_someone_elses(
    web: WebStage,
    belongings: Belongings,
    bob: Browser,
    sessions: TenantSessions,
    route: tuple[str, str, dict[str, Any]],
) -> None:
    before = everything_of(sessions, belongings.user_id)
    method, path, more = route
    answers = []
    for meeting_id in (belongings.meeting_id, UUID(int=7), "x", "%00"):
        answers.append(bob.http.request(method, path.format(meeting_id=meeting_id), **more))
        assert answers[-1].status_code == 404
    assert answers[0].content == answers[1].content
    assert web.browser().http.request(method, path.format(meeting_id=belongings.meeting_id), **more).status_code == 401
    assert everything_of(sessions, belongings.user_id) == before


def test_the_owner_gets_what_the_others_do_not(belongings: Belongings, ann: Browser) -> None:
    assert ann.http.get(f"/media/{belongings.meeting_id}/recording.webm").text == MARK


@pytest.mark.parametrize(
    "path", ["/media/../secret", "/media/%2e%2e/secret", "/media/..%2fsecret", "/secret", "/run/x"]
)
def test_no_path_leads_out_of_the_media(ann: Browser, web: WebStage, path: str) -> None:
    secret = (web.settings.home / "secret").read_text()
    raw = httpx.Request("GET", web.origin + path, headers=ann.http.headers)
    answer = ann.http.send(raw)
    assert answer.status_code == 404
    assert secret not in answer.text


# Pages and events


def handlers() -> list[tuple[str, tuple[str, ...]]]:
    """Every event of every state of the product that anyone may send, with the names of its arguments."""
    from peak_app.peak_app import app  # importing it registers all pages and their states

    assert app
    found = []
    for state in all_states():
        if not state.__module__.startswith("peak_app."):
            continue
        for name, handler in state.event_handlers.items():
            if handler.state_full_name == state.get_full_name():
                arguments = tuple(inspect.signature(handler.fn).parameters)[1:]
                found.append((f"{state.get_full_name()}.{name}", arguments))
    return found


def forgeries(belongings: Belongings) -> list[Any]:
    ids = [str(belongings.meeting_id), str(belongings.agent_id), str(belongings.session_id)]
    names = ("meeting_id", "agent_id", "session_id", "id", "title", "name", "question", "instructions")
    return [*ids, *(dict.fromkeys(names, known) for known in ids), None, -1, {"a": [1]}, "x" * 5000]


async def send_all(page: Page, events: list[tuple[str, tuple[str, ...]]], belongings: Belongings) -> None:
    """These events with all forgeries, slower than the limit of events."""
    for name, arguments in events:
        for forgery in forgeries(belongings) if arguments else [None]:
            await page.send(name, dict.fromkeys(arguments, forgery))
            await asyncio.sleep(0.035)


async def until_all_is_done(page: Page) -> None:
    """Events of a tab run one after the other, so an answer to the last one answers all."""
    name = f"{all_names()['SessionState']}.show_notice"
    for _ in range(60):
        # Again and again: on a busy machine the events before may have used up what a tab may send.
        await page.send(name, {"level": "info", "text": "the end"})
        await asyncio.sleep(0.5)
        if any('"the end"' in message for message in page.received):
            return
    raise AssertionError("the tab does not answer any more")


PATHS = ("/meetings/{meeting_id}", "/call/{meeting_id}", "/agents/{agent_id}", "/meetings", "/dashboard", "/settings")


def is_loaded(page: Page) -> bool:
    """Whether everything that runs when the page is opened has run."""
    return any('"is_hydrated_rx_state_":true' in message for message in page.received)


async def open_all(browser: Browser, belongings: Belongings) -> list[Page]:
    """Look at every page that could show something."""
    seen = []
    for path in PATHS:
        known = path.format(meeting_id=belongings.meeting_id, agent_id=belongings.agent_id)
        async with browser.page(known) as page:
            await page.until(lambda page=page: is_loaded(page))
            seen.append(page)
    return seen


async def test_the_owner_sees_her_things_on_her_pages(belongings: Belongings, ann: Browser) -> None:
    pages = await open_all(ann, belongings)
    assert all(any(MARK in message for message in page.received) for page in pages)


async def test_someone_else_sees_nothing_on_the_same_pages(belongings: Belongings, bob: Browser) -> None:
    for page in await open_all(bob, belongings):
        assert page.var(SESSION, "email") == BOB
        assert MARK not in "".join(page.received)


async def test_a_stranger_is_sent_to_the_sign_in_page(web: WebStage, belongings: Belongings) -> None:
    for page in await open_all(web.browser(), belongings):
        assert page.redirects[0].startswith("/login")
        assert MARK not in "".join(page.received)


@pytest.mark.parametrize("who", ["someone else", "a stranger"])
async def test_no_event_with_a_forged_id_shows_or_changes_anything(
    web: WebStage, belongings: Belongings, bob: Browser, sessions: TenantSessions, who: str
) -> None:
    before = everything_of(sessions, belongings.user_id)
    browser = bob if who == "someone else" else web.browser()
    events = handlers()
    assert len(events) > 30

    async def attack(part: int) -> None:
        async with browser.page(f"/meetings/{belongings.meeting_id}") as page:
            await send_all(page, events[part::TABS], belongings)
            await until_all_is_done(page)
            assert MARK not in "".join(page.received)

    await asyncio.gather(*(attack(part) for part in range(TABS)))
    assert everything_of(sessions, belongings.user_id) == before


def all_names() -> dict[str, str]:
    return {state.__name__: state.get_full_name() for state in all_states()}


async def test_a_tabs_token_shows_nothing_to_someone_else(belongings: Belongings, ann: Browser, bob: Browser) -> None:
    path = f"/meetings/{belongings.meeting_id}"
    async with ann.page(path) as page:
        await page.until(lambda: MARK in "".join(page.received))
    await asyncio.sleep(0.1)
    async with bob.page(path, page.token) as thief:
        await thief.until(lambda: thief.var(SESSION, "email") == BOB)
        await thief.until(lambda: is_loaded(thief))
        assert MARK not in "".join(thief.received)


async def test_a_reference_in_a_header_is_not_believed(web: WebStage, belongings: Belongings) -> None:
    page = web.browser().page("/dashboard")
    page.headers["Authorization"] = f"session {belongings.user_id}.{belongings.session_id}"
    async with page:
        await page.until(lambda: page.redirects)
        assert page.var(SESSION, "is_signed_in") is False
        assert MARK not in "".join(page.received)


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1"])
async def test_a_foreign_page_can_not_open_the_websocket(web: WebStage, ann: Browser, origin: str | None) -> None:
    headers = {"Cookie": ann.cookie_header} | ({"Origin": origin} if origin else {})
    with pytest.raises(InvalidStatus):
        async with connect(
            f"ws://127.0.0.1:{web.port}/_event/?EIO=4&transport=websocket&token=t",
            additional_headers=headers,
            proxy=None,
        ):
            raise AssertionError("it was let in")


def test_polling_does_not_get_round_the_check_of_websockets(web: WebStage, ann: Browser) -> None:
    answer = ann.http.get("/_event/?EIO=4&transport=polling&token=t")
    assert (answer.status_code, "sid" in answer.text) == (400, False)


async def test_the_sessions_secret_and_what_is_typed_reach_no_log(web: WebStage, ann: Browser) -> None:
    async with ann.page("/settings") as page:
        await page.until(lambda: page.var(SESSION, "is_signed_in"))
        # Reflex logs events it doesn't know together with their headers.
        await page.send("no_such_state.no_such_event", {"typed": MARK})
        await page.send(f"{all_names()['SessionState']}.show_notice", {"level": MARK, "no_such_argument": MARK})
        await asyncio.sleep(0.3)
        secret = ann.http.cookies["peak_session"]
        assert secret not in "".join(page.received)
        log = web.log.read_text()
        assert "see line" in log
        assert secret not in log
        assert MARK not in log


async def test_signing_out_empties_the_other_tabs_at_once(belongings: Belongings, ann: Browser) -> None:
    async with ann.page(f"/meetings/{belongings.meeting_id}") as first, ann.page("/dashboard") as second:
        for page in (first, second):
            await page.until(lambda page=page: is_loaded(page))
        ann.http.post("/auth/sign-out")
        for page in (first, second):
            # What the page was still loading leads to the login page as well.
            await page.until(lambda page=page: "/login?error=signed_out" in page.redirects, 5)
            assert {address.partition("?")[0] for address in page.redirects} == {"/login"}
            assert page.var(SESSION, "email") == ""
            assert MARK not in str(page.state)


async def test_other_sessions_stay_signed_in(web: WebStage, belongings: Belongings, ann: Browser) -> None:
    other = web.browser()
    other.sign_in(ANN)
    async with other.page("/dashboard") as page:
        await page.until(lambda: page.var(SESSION, "is_signed_in"))
        ann.http.post("/auth/sign-out")
        await asyncio.sleep(0.5)
        assert page.redirects == []
        assert page.var(SESSION, "is_signed_in") is True


async def test_a_change_reaches_the_owners_open_page_and_nobody_elses(
    belongings: Belongings, ann: Browser, bob: Browser, sessions: TenantSessions
) -> None:
    path = f"/meetings/{belongings.meeting_id}"
    async with ann.page(path) as own, bob.page(path) as other:
        await own.until(lambda: own.var("meeting____meeting_state", "status") == "scheduled")
        await other.until(lambda: other.var(SESSION, "is_signed_in"))
        await asyncio.sleep(0.3)
        heard = len(other.received)
        MeetingService(sessions, system_clock).cancel_meeting(belongings.user_id, belongings.meeting_id, reason=MARK)
        await own.until(lambda: own.var("meeting____meeting_state", "status") == "cancelled", 3)
        await asyncio.sleep(0.3)
        assert len(other.received) == heard


# Taking everything away, and leaving


ARCHIVE = "/api/account/archive"


def test_only_whoever_is_signed_in_gets_an_archive_and_it_is_theirs(
    web: WebStage, belongings: Belongings, ann: Browser, bob: Browser
) -> None:
    anns, bobs = ann.http.post(ARCHIVE), bob.http.post(ARCHIVE)
    assert (anns.status_code, anns.headers["content-type"]) == (200, "application/zip")
    assert anns.headers["cache-control"] == "no-store"
    assert anns.headers["content-disposition"].startswith("attachment; filename=")
    with zipfile.ZipFile(io.BytesIO(anns.content)) as archive:
        assert MARK in archive.read("index.html").decode()
        assert any(archive.read(name) == MARK.encode() for name in archive.namelist())
    with zipfile.ZipFile(io.BytesIO(bobs.content)) as archive:
        assert not any(MARK.encode() in archive.read(name) for name in archive.namelist())
    assert web.browser().http.post(ARCHIVE).status_code == 401
    assert ann.http.post(ARCHIVE, headers={"origin": "http://evil.example"}).status_code == 403
    assert ann.http.get(ARCHIVE).status_code in (404, 405)
    kept = [path for path in web.settings.home.rglob("*") if path.suffix == ".zip"]
    assert kept == []


def test_asking_for_archives_without_end_is_refused_with_a_page(belongings: Belongings, ann: Browser) -> None:
    answers = [ann.http.post(ARCHIVE) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert "That was a lot of archives" in answers[-1].text


async def test_an_account_is_deleted_in_one_tab_and_every_other_is_signed_out(
    web: WebStage, belongings: Belongings, ann: Browser, sessions: TenantSessions
) -> None:
    elsewhere = web.browser()
    elsewhere.sign_in(ANN)
    name = f"{all_names()['DepartureState']}.delete"
    async with ann.page("/settings") as page, ann.page("/meetings") as other, elsewhere.page("/dashboard") as third:
        for tab in (page, other, third):
            await tab.until(lambda tab=tab: is_loaded(tab))
        await page.send(name, {"form": {"email": BOB}})
        await page.until(lambda: "not the address" in (page.var("departure____departure_state", "error") or ""))
        await page.send(name, {"form": {"email": ANN}})
        await page.until(lambda: page.redirects)
        for tab in (other, third):
            await tab.until(lambda tab=tab: tab.redirects)
            assert tab.redirects == ["/login?error=signed_out"]
        await asyncio.sleep(0.5)
        assert [path.startswith("/goodbye?receipt=") for path in page.redirects] == [True]
    for browser in (ann, elsewhere):
        assert browser.http.post(ARCHIVE).status_code == 401
    async with web.browser().page(page.redirects[0]) as goodbye:
        await goodbye.until(lambda: goodbye.var("goodbye____goodbye_state", "is_loaded"))
        assert goodbye.var("goodbye____goodbye_state", "is_missing") is False
        assert MARK not in "".join(goodbye.received)
    with sessions.for_user(belongings.user_id) as session:
        assert session.get(Account, belongings.user_id) is None


async def test_a_tab_that_was_refused_to_delete_an_account_is_still_signed_out_with_the_others(
    belongings: Belongings, ann: Browser
) -> None:
    async with ann.page(f"/meetings/{belongings.meeting_id}") as page:
        await page.until(lambda: is_loaded(page))
        await page.send(f"{DepartureState.get_full_name()}.delete", {"form": {"email": BOB}})
        await page.until(lambda: "not the address" in (page.var("departure____departure_state", "error") or ""))
        ann.http.post("/auth/sign-out")
        await page.until(lambda: "/login?error=signed_out" in page.redirects, 5)
        assert MARK not in str(page.state)


@pytest.mark.parametrize("query", ["", "?receipt=", "?receipt=%00", f"?receipt={'x' * 43}", "?receipt=a&receipt=b"])
async def test_a_wrong_link_leads_to_no_receipt(web: WebStage, query: str) -> None:
    async with web.browser().page(f"/goodbye{query}") as page:
        await page.until(lambda: page.var("goodbye____goodbye_state", "is_loaded"))
        assert page.var("goodbye____goodbye_state", "is_missing") is True


async def test_a_flood_of_events_is_cut_off_and_the_page_recovers(ann: Browser) -> None:
    name = f"{all_names()['SessionState']}.show_notice"
    async with ann.page("/dashboard") as page:
        await page.until(lambda: page.var(SESSION, "is_signed_in"))
        await asyncio.sleep(1)
        for number in range(300):
            await page.send(name, {"level": "info", "text": f"flood {number}"})
        await asyncio.sleep(2.5)
        assert sum('"text":"flood' in message for message in page.received) < 150
        await page.send(name, {"level": "info", "text": "calm"})
        await page.until(lambda: (page.var(SESSION, "notice") or {}).get("text") == "calm")


async def test_live_updates_come_back_after_the_database_dropped_them(
    database: ScratchDatabase, belongings: Belongings, ann: Browser, sessions: TenantSessions
) -> None:
    with database.server.superuser("peak") as connection:
        dropped = connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%' or query = 'select 1'"
        ).fetchall()
    assert dropped
    async with ann.page(f"/meetings/{belongings.meeting_id}") as page:
        await page.until(lambda: page.var("meeting____meeting_state", "status") == "scheduled")
        await asyncio.sleep(1.5)
        MeetingService(sessions, system_clock).cancel_meeting(belongings.user_id, belongings.meeting_id)
        await page.until(lambda: page.var("meeting____meeting_state", "status") == "cancelled", 3)


async def test_without_the_database_pages_say_so_and_come_back(
    database: ScratchDatabase, belongings: Belongings, ann: Browser
) -> None:
    name = f"{all_names()['SessionState']}.show_notice"
    async with ann.page(f"/meetings/{belongings.meeting_id}") as page:
        await page.until(lambda: is_loaded(page))
        with database.server.superuser("peak") as connection:
            connection.execute("alter role peak_web nologin")
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'peak_web'")
        try:
            await asyncio.sleep(5.5)
            heard = len(page.received)
            await page.send(name, {"level": "info", "text": "anyone there?"})
            await page.until(lambda: "database" in (page.var(SESSION, "notice") or {}).get("text", ""))
            assert "anyone there?" not in "".join(page.received[heard:])
            await asyncio.sleep(0.5)
            assert len(page.received) - heard < 4
            answer = ann.http.get(f"/media/{belongings.meeting_id}/recording.webm")
            assert answer.status_code == 503, ann.stage.log.read_text()[-3000:]
        finally:
            with database.server.superuser("peak") as connection:
                connection.execute("alter role peak_web login")
        await page.send(name, {"level": "info", "text": "here again"})
        await page.until(lambda: (page.var(SESSION, "notice") or {}).get("text") == "here again")

"""A primary that was demoted answers and takes no writes: people are told so, lose nothing, and go on afterwards."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlmodel import select

from peak_app.db.refusals import DatabaseRefused
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.embedded.postgres import DATABASE, OWNER
from peak_app.i18n.catalogue import t
from peak_app.migrations.migrate import migrate
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.integration.web_stage import Page, WebStage

ANN, NEW = "ann@example.org", "marjoram@example.org"
SESSION, DIALOG, LIST = "session____session_state", "agents____new_agent_state", "agents____agents_state"
WORDS = "Ask about marjoram."
AWAY = t("refusal.database_away")
WITHIN_S = 60.0


@contextmanager
def demoted(admin: psycopg.Connection, role: str) -> Iterator[None]:
    """As after a failover: connections end, and new ones take no writes."""
    admin.execute(f"alter role {role} set default_transaction_read_only = on".encode())
    try:
        _cut(admin, role)
        yield
    finally:
        admin.execute(f"alter role {role} reset default_transaction_read_only".encode())
        _cut(admin, role)


def _cut(admin: psycopg.Connection, role: str) -> None:
    admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [role])


def notice(page: Page) -> str:
    return (page.var(SESSION, "notice") or {}).get("text", "")


def names_of(sessions: TenantSessions) -> list[str]:
    with sessions.for_email(ANN) as session:
        user_id = session.exec(select(Account.id)).one()
    return [agent.name for agent in AgentService(sessions, system_clock).list_agents(user_id)]


async def test_a_page_says_that_the_database_is_away_and_saves_when_it_is_back(
    web: WebStage, database: ScratchDatabase, sessions: TenantSessions
) -> None:
    ann = web.browser()
    ann.sign_in(ANN)
    create, form = f"{_full(DIALOG)}.create", {"form": {"name": "Ada", "instructions": WORDS}}
    with database.server.superuser(DATABASE) as admin:
        async with ann.page("/agents") as page:
            await page.until(lambda: page.var(LIST, "is_loaded"), WITHIN_S)
            with demoted(admin, "peak_web"):
                await page.send(create, form)
                await page.until(lambda: notice(page) == AWAY, WITHIN_S)
                # What was typed is still in the dialog.
                assert (page.var(DIALOG, "instructions"), page.redirects) == (WORDS, [])
                answer = ann.http.post("/auth/link", data={"email": NEW})
                assert (answer.status_code, answer.json()) == (503, {"error": AWAY})
            assert names_of(sessions) == []
            deadline = time.monotonic() + WITHIN_S
            while not page.redirects:
                assert time.monotonic() < deadline, notice(page)
                await page.send(create, form)
                await _redirected(page)
    assert names_of(sessions) == ["Ada"]
    log = web.log.read_text()
    assert "the database doesn't answer" in log
    assert not [word for word in (WORDS, NEW, "marjoram", "insert into") if word in log.casefold()]


async def _redirected(page: Page) -> None:
    """Wait until an agent was made, or for as long as that may take."""
    try:
        await page.until(lambda: page.redirects, 5)
    except AssertionError:
        return


async def test_a_session_that_can_not_be_noted_as_seen_is_told_that_and_not_signed_out(
    web: WebStage, database: ScratchDatabase
) -> None:
    """Who opens a page is looked up, and written down when that was long ago."""
    ann = web.browser()
    ann.sign_in(ANN)
    with database.server.superuser(DATABASE) as admin:
        async with ann.page("/agents") as page:
            await page.until(lambda: page.var(LIST, "is_loaded"), WITHIN_S)
            admin.execute("update login_session set last_seen_at = now() - interval '1 day'")
            with demoted(admin, "peak_web"):
                answer = ann.http.get("/api/voices/any")
                assert (answer.status_code, answer.json()) == (503, {"error": AWAY})
                # Answers about sessions are reused for a few seconds; then the guard asks.
                deadline = time.monotonic() + WITHIN_S
                while notice(page) != AWAY:
                    assert time.monotonic() < deadline
                    await page.send(f"{_full(LIST)}.load")
                    await _told(page)
            assert page.redirects == []
            assert ann.http.get("/api/voices/any").status_code == 404


async def _told(page: Page) -> None:
    try:
        await page.until(lambda: notice(page) == AWAY, 1)
    except AssertionError:
        return


def test_migrating_a_server_that_takes_no_writes_says_what_to_change(database: ScratchDatabase) -> None:
    with (
        database.server.superuser(DATABASE) as admin,
        demoted(admin, OWNER),
        pytest.raises(DatabaseRefused, match="takes no writes: PEAK_DATABASE_URL must lead to the primary"),
    ):
        migrate(database.settings)


def _full(state: str) -> str:
    return f"reflex___state____state.peak_app___state___{state}"

"""What changed while the web process could not hear of it: open pages are made to read it afterwards."""

import time
from uuid import UUID

import psycopg
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.service import MeetingService
from peak_app.embedded.postgres import DATABASE
from peak_app.ports.clock import system_clock
from tests.conftest import ScratchDatabase
from tests.integration.web_stage import Browser, WebStage

ANN = "ann@example.org"
LIST, PAGE, DASHBOARD = "meetings____meetings_state", "meeting____meeting_state", "dashboard____dashboard_state"
BILLING = "billing____billing_state"
WITHIN_S = 60.0


def sign_in(web: WebStage, sessions: TenantSessions) -> tuple[Browser, UUID, UUID]:
    """A browser, whose it is, and a planned meeting of theirs."""
    browser = web.browser()
    browser.sign_in(ANN)
    with sessions.for_email(ANN) as session:
        user_id = session.exec(select(Account.id)).one()
    agent = AgentService(sessions, system_clock).create_agent(user_id, name="Ada", instructions="Ask.")
    meetings = MeetingService(sessions, system_clock)
    made = meetings.create_meeting(user_id, title="Round one", agent_id=agent.agent_id)
    return browser, user_id, made.meeting_id


def in_silence(admin: psycopg.Connection, statement: str, *values: object) -> None:
    """Change rows without any trigger, so that nothing is announced: as when nobody listens."""
    with admin.transaction():
        admin.execute("set local session_replication_role = replica")
        assert admin.execute(statement.encode(), values).rowcount > 0


def cut_off(admin: psycopg.Connection) -> None:
    """End the connection that the web process listens by; it makes another one."""
    end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'peak live updates'"
    deadline = time.monotonic() + WITHIN_S
    while not admin.execute(end).fetchall():
        # It may still be on its way back from the last time.
        assert time.monotonic() < deadline, "the web process listens no more"
        time.sleep(0.05)


async def test_open_pages_show_what_changed_while_nobody_listened(
    web: WebStage, database: ScratchDatabase, sessions: TenantSessions
) -> None:
    ann, _, meeting_id = sign_in(web, sessions)
    async with ann.page("/meetings") as listed, ann.page(f"/meetings/{meeting_id}") as shown:
        await listed.until(lambda: listed.var(LIST, "rows"))
        await shown.until(lambda: shown.var(PAGE, "title") == "Round one")
        with database.server.superuser(DATABASE) as admin:
            in_silence(admin, "update meeting set title = 'Round two' where id = %s", meeting_id)
            cut_off(admin)
        await listed.until(lambda: [row["title"] for row in listed.var(LIST, "rows")] == ["Round two"], WITHIN_S)
        await shown.until(lambda: shown.var(PAGE, "title") == "Round two", WITHIN_S)
        assert (listed.redirects, shown.redirects) == ([], [])


async def test_a_tab_keeps_nothing_of_a_meeting_that_was_deleted_while_nobody_listened(
    web: WebStage, database: ScratchDatabase, sessions: TenantSessions
) -> None:
    ann, user_id, meeting_id = sign_in(web, sessions)
    async with ann.page(f"/meetings/{meeting_id}") as shown:
        await shown.until(lambda: shown.var(PAGE, "title") == "Round one")
        # The tab goes on to another page, and still knows the meeting it came from.
        shown.path = "/billing"
        await shown.send("reflex___state____state.hydrate_and_load", {"vars": {}})
        await shown.until(lambda: shown.var(BILLING, "is_loaded"))
        assert (shown.var(PAGE, "title"), shown.var(PAGE, "is_missing")) == ("Round one", False)
        with database.server.superuser(DATABASE) as admin:
            receipt = (
                "insert into deletion_receipt (id, owner_id, meeting_id, row_counts, file_count, byte_count, run_count,"
                " asked_at) values (gen_random_uuid(), %s, %s, '{}', 0, 0, 0, now())"
            )
            in_silence(admin, receipt, user_id, meeting_id)
            in_silence(admin, "delete from meeting where id = %s", meeting_id)
            cut_off(admin)
        await shown.until(lambda: shown.var(PAGE, "is_missing") and not shown.var(PAGE, "title"), WITHIN_S)


async def test_a_tab_whose_session_was_ended_while_nobody_listened_is_sent_to_sign_in(
    web: WebStage, database: ScratchDatabase, sessions: TenantSessions
) -> None:
    ann, user_id, _ = sign_in(web, sessions)
    async with ann.page("/dashboard") as shown:
        await shown.until(lambda: shown.var(DASHBOARD, "ahead") is not None)
        with database.server.superuser(DATABASE) as admin:
            in_silence(admin, "update login_session set revoked_at = now() where owner_id = %s", user_id)
            cut_off(admin)
        await shown.until(lambda: "/login?error=signed_out" in shown.redirects, WITHIN_S)

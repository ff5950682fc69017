"""The database as the migrations and the policies leave it."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from peak_app.db.engine import engine
from peak_app.db.tenancy import TenantSessions
from peak_app.embedded.postgres import DATABASE
from peak_app.migrations.migrate import migrate
from peak_app.migrations.policies import APPEND_ONLY, POLICIES
from peak_app.migrations.tables import metadata
from tests.conftest import ScratchDatabase
from tests.held_calls import HeldCalls
from tests.people import register


def test_migrations_go_up_down_and_up_again(database: ScratchDatabase) -> None:
    migrate(database.settings, "base")
    with engine(database.owner_url, 1).connect() as connection:
        left = connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
    assert left == ["alembic_version"]
    migrate(database.settings)
    # The owner itself is under the policies too: only the superuser of the test sees the row.
    with database.server.superuser(DATABASE) as connection:
        assert connection.execute("select count(*) from installation").fetchone() == (1,)


def test_what_was_known_of_how_results_came_about_is_carried_over(database: ScratchDatabase, held: HeldCalls) -> None:
    meeting_id = held.hold()
    migrate(database.settings, "0007")
    with database.server.superuser(DATABASE) as connection:
        for name, facts in (
            ("summary", '{"input": "aa", "unchanged": false, "tokens": 15}'),
            ("search_index", '{"input": "bb", "unchanged": true, "took_ms": 700}'),
            ("usage", '{"seconds": 60, "unchanged": false}'),
        ):
            connection.execute(
                "insert into pipeline_step"
                " (meeting_id, name, owner_id, status, reason, facts, run_id, duration_ms, finished_at)"
                " values (%s, %s, %s, 'done', '', %s, 'run', 3, now())",
                (meeting_id, name, held.user_id, facts),
            )

    migrate(database.settings)

    with database.server.superuser(DATABASE) as connection:
        rows = connection.execute("select name, input_hash, run_id, took_ms, facts->'tokens' from making").fetchall()
    assert sorted(rows) == [("search_index", "bb", "", 700, None), ("summary", "aa", "run", 3, 15)]


def test_the_migrations_make_exactly_the_tables_of_the_models(database: ScratchDatabase) -> None:
    with engine(database.owner_url, 1).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_table_is_under_forced_row_level_security_with_a_policy(database: ScratchDatabase) -> None:
    with engine(database.owner_url, 1).connect() as connection:
        unprotected = (
            connection.execute(
                text(
                    """select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname = 'public' and c.relkind = 'r' and c.relname <> 'alembic_version'
                and not (c.relrowsecurity and c.relforcerowsecurity
                         and exists (select 1 from pg_policies p where p.tablename = c.relname))"""
                )
            )
            .scalars()
            .all()
        )
    assert unprotected == []
    assert {policy.table for policy in POLICIES} == set(metadata.tables)


def test_neither_role_can_bypass_row_level_security(database: ScratchDatabase) -> None:
    with engine(database.owner_url, 1).connect() as connection:
        rows = connection.execute(
            text("select rolname, rolsuper, rolbypassrls from pg_roles where rolname in ('peak_web', 'peak_worker')")
        ).all()
    assert sorted(rows) == [("peak_web", False, False), ("peak_worker", False, False)]


@pytest.mark.parametrize("role", ["web", "worker"])
def test_without_a_tenant_no_personal_row_is_seen(
    role: str, database: ScratchDatabase, sessions: TenantSessions, worker_sessions: TenantSessions
) -> None:
    register(sessions, "ann@example.org")
    chosen = sessions if role == "web" else worker_sessions
    open_to_all = {"installation"}
    with chosen.without_tenant() as session:
        seen = {
            table: session.execute(text(f"select count(*) from {table}")).scalar()
            for table in metadata.tables
            if table not in open_to_all
        }
    assert {table: count for table, count in seen.items() if count} == {}


@pytest.mark.parametrize("verb", ["delete from", "update"])
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_ledger_can_not_be_changed(table: str, verb: str, sessions: TenantSessions) -> None:
    ann = register(sessions, "ann@example.org")
    with pytest.raises(DBAPIError, match="permission denied"), sessions.for_user(ann.user_id) as session:
        session.execute(text(f"{verb} {table}" + (" set owner_id = null" if verb == "update" else "")))


def test_only_the_first_person_becomes_operator(database: ScratchDatabase, sessions: TenantSessions) -> None:
    ann, bob = register(sessions, "ann@example.org"), register(sessions, "bob@example.org")
    claim = text("update installation set operator_id = :id where operator_id is null")
    with sessions.for_user(ann.user_id) as session:
        assert session.execute(claim, {"id": ann.user_id}).rowcount == 1  # pyright: ignore[reportAttributeAccessIssue]
    with sessions.for_user(bob.user_id) as session:
        assert session.execute(claim, {"id": bob.user_id}).rowcount == 0  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(("role", "changed"), [("owner", 1), ("coach", 0), ("member", 0)])
@pytest.mark.parametrize("verb", ["update workspace set retention_days = 1", "delete from workspace"])
def test_a_workspace_is_changed_by_its_owners_only(
    verb: str, role: str, changed: int, database: ScratchDatabase, sessions: TenantSessions
) -> None:
    ann, bob = register(sessions, "ann@example.org"), register(sessions, "bob@example.org")
    with database.server.superuser(DATABASE) as connection:
        connection.execute(
            "insert into membership (workspace_id, account_id, role, created_at) values (%s, %s, %s, now())",
            (ann.workspace_id, bob.user_id, role),
        )
    with sessions.for_user(bob.user_id) as session:
        statement = text(f"{verb} where id = :id")
        assert session.execute(statement, {"id": ann.workspace_id}).rowcount == changed  # pyright: ignore[reportAttributeAccessIssue]

"""The queue between Dagster and its workers, on a real PostgreSQL."""

from collections.abc import Iterator

import psycopg
import pytest

from pipelines import run_queue
from pipelines.run_queue import WaitingRun
from tests.conftest import ScratchDatabase


@pytest.fixture
def connection(scratch_database: ScratchDatabase) -> Iterator[psycopg.Connection]:
    run_queue.ensure_run_queue(scratch_database.dagster_url)
    with psycopg.connect(scratch_database.dagster_url, autocommit=True) as connection:
        connection.execute("delete from peak_run_queue")
        # Before Dagster's own table of that name, for this connection alone.
        connection.execute("create temp table runs (run_id text, status text, update_timestamp timestamp)")
        yield connection
        connection.execute("delete from peak_run_queue")


def put(connection: psycopg.Connection, run_id: str, *, is_awaited: bool = False, attempt: int = 0) -> None:
    run_queue.enqueue(connection, WaitingRun(run_id, "execute", attempt, is_awaited))


def taken(connection: psycopg.Connection, *, is_any: bool = True) -> str | None:
    claim = run_queue.claim(connection, "worker", is_any=is_any)
    return claim.run_id if claim else None


def test_a_run_that_is_handed_over_twice_is_taken_once(connection: psycopg.Connection):
    put(connection, "one")
    put(connection, "one")

    assert [taken(connection), taken(connection)] == ["one", None]


def test_what_a_person_waits_for_comes_first(connection: psycopg.Connection):
    put(connection, "recording")
    put(connection, "older call", is_awaited=True)
    put(connection, "younger call", is_awaited=True)

    assert [taken(connection) for _ in range(3)] == ["older call", "younger call", "recording"]


def test_a_worker_that_is_busy_with_a_recording_takes_calls_only(connection: psycopg.Connection):
    put(connection, "recording")
    assert taken(connection, is_any=False) is None

    put(connection, "call", is_awaited=True)
    assert taken(connection, is_any=False) == "call"


def test_a_run_whose_way_here_was_cut_short_is_taken_in(connection: psycopg.Connection):
    # The daemon calls a run starting, and hands it over after that.
    old, now = "now() at time zone 'utc' - interval '11 s'", "now() at time zone 'utc'"
    connection.execute(
        f"insert into runs values ('lost', 'STARTING', {old}), ('on its way', 'STARTING', {now}),"
        f" ('here', 'STARTING', {old}), ('over', 'SUCCESS', {old})".encode()
    )
    put(connection, "here")

    assert run_queue.take_in_lost(connection) == ["lost"]
    assert run_queue.take_in_lost(connection) == []
    assert [taken(connection) for _ in range(3)] == ["here", "lost", None]


def test_a_claim_of_a_worker_that_died_before_it_began_is_given_back(connection: psycopg.Connection):
    put(connection, "one")
    assert taken(connection) == "one"
    connection.execute("insert into runs values ('one', 'STARTING', now())")
    assert run_queue.give_back_orphans(connection) == []

    connection.execute("update peak_run_queue set claimed_at = claimed_at - interval '11 s'")

    assert run_queue.give_back_orphans(connection) == ["one"]
    assert taken(connection) == "one"


def test_a_claim_that_a_living_process_works_on_is_left_alone(connection: psycopg.Connection):
    put(connection, "one")
    assert taken(connection) == "one"
    connection.execute("insert into runs values ('one', 'STARTING', now())")
    connection.execute("update peak_run_queue set claimed_at = claimed_at - interval '11 s'")

    assert run_queue.lock_run(connection, "one")
    assert run_queue.give_back_orphans(connection) == []

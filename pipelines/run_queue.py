"""The queue between Dagster and its workers: one table in Dagster's database.

A worker holds a session's advisory lock for as long as it works on a run. The lock goes with the process, however that
ends, so anyone can tell a dead worker from a slow one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import psycopg

CHANNEL = "peak_run_queue"
CANCEL_CHANNEL = "peak_run_cancel"
LOCK_SPACE = 0x70656B
"""First half of every advisory lock's key; the second is the hash of the run's id."""

Kind = Literal["execute", "resume"]

_TABLE = """
create table if not exists peak_run_queue (
  id bigserial primary key,
  run_id text not null,
  kind text not null,
  attempt int not null,
  enqueued_at timestamptz not null default clock_timestamp(),
  claimed_at timestamptz,
  claimed_by text,
  finished_at timestamptz,
  is_awaited boolean not null default false,
  unique (run_id, attempt)
);
alter table peak_run_queue add column if not exists is_awaited boolean not null default false;
create index if not exists peak_run_queue_open on peak_run_queue (id) where claimed_at is null;
"""
_IS_LOCKED = """exists (select 1 from pg_locks l where l.locktype = 'advisory' and l.granted and l.classid = %(space)s
  and l.objid = (hashtext(q.run_id)::bigint & x'ffffffff'::bigint)::oid
  and l.database = (select oid from pg_database where datname = current_database()))"""


@dataclass(frozen=True, slots=True)
class WaitingRun:
    """A run for the workers."""

    run_id: str
    kind: Kind
    attempt: int
    is_awaited: bool
    """Whether a person waits for it: it comes before all others."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run this worker has taken."""

    queue_id: int
    run_id: str
    kind: Kind
    is_awaited: bool


@dataclass(frozen=True, slots=True)
class RunState:
    """What the queue knows of a run's newest attempt."""

    is_claimed: bool
    is_finished: bool
    is_locked: bool
    """Whether a living process works on it."""
    is_fresh: bool
    """Whether it was claimed so recently that the process may still be on its way to the lock."""
    worker: str


def ensure_run_queue(url: str) -> None:
    """Make the table when it is not there. Any number of processes may do so at once."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        connection.execute("select pg_advisory_xact_lock(%s, 0)", (LOCK_SPACE,))
        connection.execute(_TABLE)


def enqueue(connection: psycopg.Connection, run: WaitingRun) -> None:
    """Hand a run to the workers; the same attempt is handed over once."""
    with connection.transaction():
        connection.execute(
            "insert into peak_run_queue (run_id, kind, attempt, is_awaited) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            (run.run_id, run.kind, run.attempt, run.is_awaited),
        )
        connection.execute("select pg_notify(%s, %s)", (CHANNEL, run.run_id))


def withdraw(connection: psycopg.Connection, run_id: str) -> bool:
    """Take back a run that no worker has claimed."""
    return bool(
        connection.execute(
            """update peak_run_queue set claimed_at = clock_timestamp(), finished_at = clock_timestamp(),
               claimed_by = 'withdrawn' where run_id = %s and claimed_at is null""",
            (run_id,),
        ).rowcount
    )


def ask_to_cancel(connection: psycopg.Connection, run_id: str) -> None:
    connection.execute("select pg_notify(%s, %s)", (CANCEL_CHANNEL, run_id))


def find_state(connection: psycopg.Connection, run_id: str) -> RunState | None:
    row = connection.execute(
        f"""select q.claimed_at is not null, q.finished_at is not null, {_IS_LOCKED},
              coalesce(clock_timestamp() - q.claimed_at < interval '5 s', false), coalesce(q.claimed_by, '')
            from peak_run_queue q where q.run_id = %(run_id)s order by q.attempt desc limit 1""",  # noqa: S608  # no value but the constant above
        {"space": LOCK_SPACE, "run_id": run_id},
    ).fetchone()
    return RunState(*row) if row else None


def claim(connection: psycopg.Connection, worker: str, *, is_any: bool) -> Claim | None:
    """The oldest awaited run nobody has, else, if it may be `any`, the oldest one; None when there is none."""
    row = connection.execute(
        """update peak_run_queue set claimed_at = clock_timestamp(), claimed_by = %s where id =
             (select id from peak_run_queue where claimed_at is null and (is_awaited or %s)
              order by is_awaited desc, id for update skip locked limit 1)
           returning id, run_id, kind, is_awaited""",
        (worker, is_any),
    ).fetchone()
    return Claim(*row) if row else None


def lock_run(connection: psycopg.Connection, run_id: str) -> bool:
    """Take the lock of a run for as long as the connection lives; False when another process works on it."""
    row = connection.execute("select pg_try_advisory_lock(%s, hashtext(%s))", (LOCK_SPACE, run_id)).fetchone()
    return bool(row and row[0])


def finish(connection: psycopg.Connection, queue_id: int) -> None:
    connection.execute("update peak_run_queue set finished_at = clock_timestamp() where id = %s", (queue_id,))


def find_result(connection: psycopg.Connection, run_id: str) -> str:
    """How a run stands, in Dagster's words in lower case; empty when Dagster does not know it."""
    row = connection.execute("select status from runs where run_id = %s", (run_id,)).fetchone()
    return row[0].lower() if row else ""


def give_back_orphans(connection: psycopg.Connection) -> Sequence[str]:
    """Put back runs whose worker died between claiming and starting: Dagster can't see those. Gives their ids."""
    rows = connection.execute(
        f"""update peak_run_queue q set claimed_at = null, claimed_by = null from runs r
            where r.run_id = q.run_id and r.status = 'STARTING' and q.finished_at is null
              and q.claimed_at < clock_timestamp() - interval '10 s' and not {_IS_LOCKED}
            returning q.run_id""",  # noqa: S608  # no value but the constant above
        {"space": LOCK_SPACE},
    ).fetchall()
    return [run_id for (run_id,) in rows]


def take_in_lost(connection: psycopg.Connection) -> Sequence[str]:
    """Put in runs that Dagster calls starting and that never came: the daemon died in between. Gives their ids."""
    rows = connection.execute(
        """insert into peak_run_queue (run_id, kind, attempt)
             select r.run_id, 'execute', 0 from runs r where r.status = 'STARTING'
               and r.update_timestamp < (now() at time zone 'utc') - interval '10 s'
               and not exists (select 1 from peak_run_queue q where q.run_id = r.run_id)
           on conflict do nothing returning run_id"""
    ).fetchall()
    return [run_id for (run_id,) in rows]

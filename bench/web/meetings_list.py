"""How fast the list of meetings answers: a million meetings in the table, 5,000 of the person who asks.

Rows are made in the database by its superuser. Queries go through `MeetingService` as the web role under row-level
security, each with other filters: everything the page offers, words that were said among them.
"""

import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from bench.percentiles import percentile
from peak_app.config import Settings
from peak_app.db.engine import database_url, engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.meetings.listing import Sort
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.embedded.postgres import DATABASE, PostgresServer
from peak_app.migrations.migrate import migrate
from peak_app.ports.clock import system_clock

MEETINGS = 1_000_000
OF_ONE = 5_000
SPOKEN_OF_OTHERS = 20_000
"""Stretches of what others said. Nobody's search reads those of others."""
QUERIES = 240
PAGE = 20

_PEOPLE = (
    """insert into account (id, email, name, time_zone, created_at)
       select uuidv7(), n || '@example.org', '', 'UTC', now() from generate_series(0, %(people)s) n""",
    "create temp table person as select id, split_part(email, '@', 1)::int as n from account",
    """create temp table coach as
       select uuidv7() as agent_id, uuidv7() as version_id, p.id as owner_id, p.n, k
       from person p cross join generate_series(0, 3) k""",
    """insert into agent (id, owner_id, workspace_id, name, is_demo, created_at, updated_at)
       select agent_id, owner_id, owner_id, 'Coach ' || k, false, now(), now() from coach""",
    """insert into agent_version (id, agent_id, owner_id, number, name, instructions, settings, created_at)
       select version_id, agent_id, owner_id, 1, 'Coach ' || k, 'Ask.', '{}', now() from coach""",
)
# Person 0 is the one who asks. Meetings of all take turns, as in life, so that those of one lie far apart.
_HELD = """
    insert into meeting (id, owner_id, workspace_id, title, agent_id, agent_version_id, status, status_reason,
      status_at, scheduled_at, started_at, connected_ms, is_recorded, is_shared, is_demo, plan_number, score,
      created_at)
    select uuidv7(), c.owner_id, c.owner_id, initcap((%(subjects)s::text[])[1 + h.v %% 12]) || ' ' || h.n,
      c.agent_id, c.version_id,
      case when h.v %% 20 = 0 then 'scheduled' when h.v %% 20 = 1 then 'cancelled' when h.v %% 20 = 2 then 'failed'
        else 'completed' end,
      '', h.at, case when h.v %% 4 = 0 then h.at end, case when h.v %% 20 > 2 then h.at end,
      600000, false, false, false, 0, case when h.v %% 20 > 2 then 1 + (h.v * 7 %% 41) / 10.0 end, h.at
    from (
      select n, n %% %(every)s = 0 as is_mine, n / %(every)s + n %% %(every)s as v,
        now() - (%(all)s - n) * interval '40 seconds' as at
      from generate_series(0, %(all)s - 1) n
    ) h
    join coach c on c.n = case when h.is_mine then 0 else 1 + h.n %% %(people)s end and c.k = h.v / 7 %% 4
"""
_SAID = """
    insert into search_stretch (meeting_id, stretch, owner_id, words)
    select m.id, 0, m.owner_id, strip(to_tsvector('english', said.words))
    from (
      (select id, owner_id, row_number() over () as n from meeting where owner_id = %(me)s and status = 'completed')
      union all
      (select id, owner_id, row_number() over () as n from meeting where owner_id <> %(me)s and status = 'completed'
       limit %(others)s)
    ) m cross join lateral (
      -- Some 250 different words each, of a stock of 4,000, and a subject that a tenth of the meetings have.
      select string_agg('word' || (m.n * 37 + k * k) %% 4000, ' ') || ' ' || (%(subjects)s::text[])[1 + m.n %% 12]
        as words from generate_series(1, 250) k
    ) said
"""
_SUBJECTS = [
    "billing service", "checkout page", "night shift", "difficult customer", "data warehouse", "first team",
    "mobile app", "missed deadline", "hiring process", "search engine", "sales target", "production outage",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    service: MeetingService
    user_id: UUID
    agent_ids: list[UUID]


@contextmanager
def stage(meetings: int = MEETINGS) -> Iterator[Stage]:
    """A database of its own with that many meetings, until the end of the `with`."""
    with tempfile.TemporaryDirectory(prefix="peak-bench-list-") as folder:
        # PostgreSQL runs as another account when this is root's, and must reach its folder.
        Path(folder).chmod(0o755)
        plain = Settings(_env_file=None, home=Path(folder), secret_key="a secret of this benchmark")  # pyright: ignore[reportCallIssue, reportArgumentType]
        server = PostgresServer.of(plain)
        with server.running(plain, durable=False) as settings:
            migrate(settings)
            with server.superuser(DATABASE) as connection:
                user_id, agent_ids = _fill(connection, meetings)
            web = engine(database_url(settings, "web"))
            yield Stage(MeetingService(TenantSessions(web), system_clock), user_id, agent_ids)
            web.dispose()


def _fill(connection: psycopg.Connection, meetings: int) -> tuple[UUID, list[UUID]]:
    # Throw-away rows made in bulk: no triggers and no order of foreign keys.
    connection.execute("set session_replication_role = replica")
    connection.execute("set work_mem = '256MB'")
    values = {
        "all": meetings,
        "every": max(1, meetings // OF_ONE),
        "people": max(1, min(5_000, meetings // 200)),
        "subjects": _SUBJECTS,
        "others": SPOKEN_OF_OTHERS,
    }
    for statement in _PEOPLE:
        connection.execute(statement, values if "%(" in statement else None)
    connection.execute(_HELD, values)
    row = connection.execute("select id from person where n = 0").fetchone()
    assert row
    connection.execute(_SAID, values | {"me": row[0]})
    connection.execute("vacuum analyze")
    agents = connection.execute("select agent_id from coach where n = 0").fetchall()
    return row[0], [agent_id for (agent_id,) in agents]


def _queries(at: Stage) -> Iterator[dict[str, Any]]:
    """What people ask of the list, in turns, never twice the same in a row."""
    now = datetime.now(UTC)
    for n in itertools.count():
        agent_id, subject = at.agent_ids[n % len(at.agent_ids)], _SUBJECTS[n % len(_SUBJECTS)]
        since = now - timedelta(days=30 + n % 300)
        yield from (
            {},
            {"offset": PAGE * (n % 200)},
            {"status": list(MeetingStatus)[n % 6]},
            {"agent_id": agent_id},
            {"since": since, "until": since + timedelta(days=40)},
            {"least_score": 1 + n % 4},
            {"sort": Sort.SCORE, "offset": PAGE * (n % 50)},
            {"sort": Sort.TITLE},
            {"sort": Sort.OLDEST, "status": MeetingStatus.COMPLETED},
            {"search": subject},
            {"search": f"word{n * 13 % 4000}"},
            {"search": f"coach {n % 4}"},
            {"search": "nobody ever said this"},
            {"search": subject, "agent_id": agent_id, "least_score": 3, "since": since, "sort": Sort.SCORE},
        )


def measure_list(meetings: int = MEETINGS, queries: int = QUERIES, *, is_told: bool = False) -> float:
    """95th percentile in ms of one page of the list, over so many queries with different filters.

    Args: is_told: print how long the rows took, and which kind of query took longest.
    """
    began = time.perf_counter()
    with stage(meetings) as at:
        if is_told:
            print(f"{meetings:,} meetings made in {time.perf_counter() - began:.0f} s")
        taken: list[tuple[float, str]] = []
        # Every kind once before: a list is not opened by a process that has only just begun.
        for number, asked in enumerate(itertools.islice(_queries(at), queries + 14)):
            started = time.perf_counter()
            at.service.list_meetings(at.user_id, limit=PAGE, **asked)
            if number >= 14:
                taken.append(((time.perf_counter() - started) * 1000, ", ".join(asked) or "nothing"))
    if is_told:
        kinds: dict[str, list[float]] = {}
        for ms, kind in taken:
            kinds.setdefault(kind, []).append(ms)
        for kind, values in sorted(kinds.items(), key=lambda item: -max(item[1])):
            print(f"  {percentile(values, 50):6.1f} ms, at most {max(values):6.1f} ms, asked for {kind}")
    return percentile([ms for ms, _ in taken], 95)


if __name__ == "__main__":
    print(f"list of meetings: p95 {measure_list(is_told=True):.1f} ms over {QUERIES} queries")

"""Search and questions at the size they must bear: many people's lines in one table, many meetings of one person."""

import random
import time
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import psycopg

from bench.pipeline.stage import Installation
from bench.pipeline.talk import QUESTIONS, SENTENCES
from peak_app.domain.insights import repository
from peak_app.domain.insights.retrieval import CANDIDATES, fused
from peak_app.embedded.postgres import DATABASE
from peak_app.ports.language import EMBEDDING_DIMENSIONS
from peak_app.wiring import Services
from tests.emulators.language_server import LanguageServer
from tests.held_calls import HeldCalls

LINES_OF_MEETING = 80
OWN_MEETINGS = 1_000
_MEETINGS_OF_OTHERS = 100
_VECTORS = 2_000

_MEETINGS = """
insert into meeting (id, owner_id, workspace_id, title, agent_id, agent_version_id, status, status_reason, status_at,
    connected_ms, is_recorded, is_shared, is_demo, created_at, started_at, ended_at)
  select gen_random_uuid(), owner_id, workspace_id, title, agent_id, agent_version_id, 'completed', '', now(),
    600000, is_recorded, false, false, now() - n * interval '1 hour', now() - n * interval '1 hour', now()
  from meeting cross join generate_series(1, %(number)s) n where id = %(like)s
"""
_LINES = """
insert into search_chunk (id, meeting_id, owner_id, line_id, text, embedding)
  select gen_random_uuid(), m.id, case when m.n <= %(own)s then %(owner)s::uuid
      else md5((m.n / %(of_others)s)::text)::uuid end,
    'L' || l, v.text || ' ' || (m.n * 7 + l * 13) %% 5000, v.embedding
  from (select id, row_number() over (order by id) n from bench_meeting) m cross join generate_series(1, %(lines)s) l
    join bench_vector v on v.n = (m.n * 7919 + l * 104729) %% %(vectors)s
"""
_TRANSCRIPTS = """
insert into transcript (meeting_id, owner_id, lines, word_count, engine, input_hash, created_at)
  select m.id, m.owner_id, t.lines, t.word_count, t.engine, t.input_hash, now()
  from meeting m cross join transcript t where t.meeting_id = %(like)s and m.owner_id = %(owner)s and m.id <> %(like)s
"""


@dataclass(frozen=True, slots=True)
class Asked:
    search_ms: list[float]
    first_words_ms: list[float]


def measure(installation: Installation, model: LanguageServer, chunks: int, questions: int) -> Asked:
    """Fill the table to `chunks` lines, then search and ask as one person with 1,000 meetings."""
    held = installation.someone()
    services = Services(installation.settings_for(model), "web")
    meeting_id = held.hold()
    services.insights.make_transcript(held.user_id, meeting_id)
    began = time.monotonic()
    own = min(OWN_MEETINGS, chunks // LINES_OF_MEETING)
    with installation.database.server.superuser(DATABASE) as connection:
        fill(connection, held, meeting_id, chunks // LINES_OF_MEETING, own)
    services.insights.make_search_index(held.user_id, meeting_id)
    print(f"  {chunks:,} lines, of which {own * LINES_OF_MEETING:,} of one person: {time.monotonic() - began:.0f} s")
    chosen = random.Random(7)
    asked = Asked([], [])
    for number in range(questions + 1):
        question = f"{chosen.choice(QUESTIONS)} {chosen.choice(SENTENCES).split(',')[0]}?"
        search_ms, words_ms = _search_ms(services, held, meeting_id, question), _ask_ms(services, held, meeting_id)
        if number:
            # The first one warms what is warm in a process that lives.
            asked.search_ms.append(search_ms)
            asked.first_words_ms.append(words_ms)
    return asked


def fill(connection: psycopg.Connection, held: HeldCalls, like: UUID, meetings: int, own: int) -> None:
    """Lines made in the database, without the checks of foreign keys: most belong to people who need not be there."""
    vectors = np.random.default_rng(7).normal(size=(_VECTORS, EMBEDDING_DIMENSIONS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    connection.autocommit = True
    connection.execute("set session_replication_role = replica")
    connection.execute("set maintenance_work_mem = '512MB'")
    connection.execute("create temp table bench_vector (n int primary key, text text, embedding vector)")
    with connection.cursor().copy("copy bench_vector from stdin") as copy:
        for number, vector in enumerate(vectors):
            copy.write_row(
                (number, SENTENCES[number % len(SENTENCES)], "[" + ",".join(f"{x:.5f}" for x in vector) + "]")
            )
    values = {"like": like, "owner": held.user_id, "number": own, "own": own, "of_others": _MEETINGS_OF_OTHERS}
    connection.execute(_MEETINGS, values)
    connection.execute(_TRANSCRIPTS, values)
    connection.execute("create temp table bench_meeting as select id from meeting where owner_id = %(owner)s", values)
    connection.execute(
        "insert into bench_meeting select gen_random_uuid() from generate_series(1, %s)", (max(0, meetings - own),)
    )
    indexes = connection.execute(
        "select indexname, indexdef from pg_indexes where tablename = 'search_chunk' and indexdef not ilike '%unique%'"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'drop index "{name}"'.encode())
    connection.execute(_LINES, {**values, "lines": LINES_OF_MEETING, "vectors": _VECTORS})
    for _, definition in indexes:
        connection.execute(definition.encode())
    connection.execute("vacuum analyze search_chunk")
    connection.execute("analyze meeting")


def _search_ms(services: Services, held: HeldCalls, meeting_id: UUID, question: str) -> float:
    began = time.perf_counter()
    (vector,) = services.language.embed([question])
    with services.sessions.for_user(held.user_id) as session:
        rankings = [
            repository.rank_by_meaning(session, meeting_id, vector, CANDIDATES),
            repository.rank_by_words(session, meeting_id, question, CANDIDATES),
        ]
    assert fused(rankings)
    return (time.perf_counter() - began) * 1000


def _ask_ms(services: Services, held: HeldCalls, meeting_id: UUID) -> float:
    began = time.perf_counter()
    services.insights.ask(held.user_id, meeting_id, "How did you verify the result?")
    return (time.perf_counter() - began) * 1000

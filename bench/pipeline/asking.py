"""How fast questions about all meetings are answered: the embedded database and model, a million chunks of many people.

One person has 1,000 meetings, another has one. Rows are made in the database from real embeddings, mixed pairwise;
searches run as the web role under row-level security, each with another question, and are checked against an exact
search.
"""

import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen
from uuid import UUID

import psycopg
from sqlalchemy import text

from bench.percentiles import hardest, percentile
from bench.product import free_port
from peak_app.adapters.openai.language import OpenAILanguage
from peak_app.config import Settings
from peak_app.db.engine import database_url, engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights import search
from peak_app.domain.insights.asking import AskService
from peak_app.domain.insights.chunks import STRETCH_CHUNKS
from peak_app.domain.insights.retrieval import CANDIDATES
from peak_app.embedded.postgres import DATABASE, PostgresServer
from peak_app.migrations.migrate import migrate
from peak_app.ports.clock import system_clock

LINES = 60
"""Of a meeting of ten minutes."""
MEETINGS_OF_ONE = 1_000
OTHERS = 400

SUBJECTS = (
    "the billing service", "our checkout page", "the night shift", "a difficult customer", "the data warehouse",
    "my first team", "the mobile app", "a missed deadline", "the hiring process", "our search engine",
    "the school project", "a patient in pain", "the sales target", "the production outage", "a new colleague",
)  # fmt: skip
DEEDS = (
    "I measured every step of {} before I changed anything.",
    "We moved {} to PostgreSQL over one weekend.",
    "I talked to everyone who knew {} and wrote down what they said.",
    "The hardest part of {} was that nobody owned it.",
    "As a result the costs of {} went down by forty percent.",
    "I disagreed with my manager about {} and we tried both ways.",
    "Looking back at {}, I would ask for help much earlier.",
    "Tell me about {} and what you did in it.",
    "We had no time to test {}, so we released it to ten people first.",
    "I explained {} to people who had never heard of it.",
)
QUESTIONS = (
    "What did I say about {}?",
    "How did I measure {}?",
    "When did I disagree with my manager about {}?",
    "What was the hardest part of {}?",
    "Which costs went down with {}?",
)


@dataclass(frozen=True, slots=True)
class Stage:
    settings: Settings
    server: PostgresServer
    language: OpenAILanguage
    sessions: TenantSessions
    many: UUID
    few: UUID


@contextmanager
def stage(chunks: int) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="peak-bench-") as folder:
        # PostgreSQL runs as another account when this is root's, and must reach its folder.
        Path(folder).chmod(0o755)
        with _stage(Path(folder), chunks) as made:
            yield made


@contextmanager
def _stage(home: Path, chunks: int) -> Iterator[Stage]:
    port = free_port()
    plain = Settings(
        _env_file=None,  # pyright: ignore[reportCallIssue]
        home=home,
        secret_key="a secret of this benchmark",  # pyright: ignore[reportArgumentType]
        ai_url=f"http://127.0.0.1:{port}",
    )
    ai = subprocess.Popen([sys.executable, "-m", "peak_app.embedded.ai_server", "--port", str(port)])
    server = PostgresServer.of(plain)
    try:
        with server.running(plain, durable=False) as settings:
            migrate(settings)
            _wait(f"{settings.ai_url}/healthz")
            language = OpenAILanguage(settings, retries=0)
            with server.superuser(DATABASE) as connection:
                many, few = _fill(connection, language, chunks)
            sessions = TenantSessions(engine(database_url(settings, "web")))
            yield Stage(settings, server, language, sessions, many, few)
            engine(database_url(settings, "web")).dispose()
            language.close()
    finally:
        ai.terminate()
        ai.wait()


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The embedded AI server did not start.")


def _fill(connection: psycopg.Connection, language: OpenAILanguage, chunks: int) -> tuple[UUID, UUID]:
    """Meetings of many people, taking turns as in life; ids of whoever has many, and whoever has one."""
    began = time.monotonic()
    sentences = [deed.format(subject) for deed, subject in itertools.product(DEEDS, SUBJECTS)]
    vectors = language.embed(sentences).value
    # Throw-away rows made in bulk: no triggers and no order of foreign keys.
    connection.execute("set session_replication_role = replica")
    connection.execute("create temp table sentence (n int primary key, words text, vector vector(384))")
    with connection.cursor() as cursor, cursor.copy("copy sentence from stdin") as rows:
        for number, (words, vector) in enumerate(zip(sentences, vectors, strict=True)):
            rows.write_row((number, words, str(vector)))
    connection.execute(
        "insert into account (id, email, name, time_zone, created_at) "
        "select gen_random_uuid(), n || '@example.org', '', 'UTC', now() from generate_series(1, %s) n",
        (OTHERS + 2,),
    )
    connection.execute(
        """create temp table held as select uuidv7() as meeting_id, n,
           (select id from account where email = case when n = 7 then 2
            when n %% %(every)s = 0 and n / %(every)s <= %(most)s then 1
            else 3 + n %% %(others)s end || '@example.org') as owner_id
           from generate_series(1, %(meetings)s) n""",
        {
            "every": max(1, chunks // LINES // MEETINGS_OF_ONE),
            "most": MEETINGS_OF_ONE,
            "others": OTHERS,
            "meetings": chunks // LINES,
        },
    )
    for statement in _ROWS:
        connection.execute(statement, {"lines": LINES, "sentences": len(sentences), "stretch": STRETCH_CHUNKS})
    connection.execute("vacuum analyze")
    many, few = (
        connection.execute("select id from account where email = %s", (f"{n}@example.org",)).fetchone() for n in (1, 2)
    )
    count, size = connection.execute(
        "select count(*), pg_size_pretty(pg_total_relation_size('search_chunk')) from search_chunk"
    ).fetchone() or (0, "")
    print(f"{count:,} chunks ({size}) made in {time.monotonic() - began:.0f} s")
    assert many
    assert few
    return many[0], few[0]


_ROWS = (
    """insert into agent_version (id, agent_id, owner_id, number, name, instructions, settings, created_at)
       select owner_id, gen_random_uuid(), owner_id, 1, 'Ada', 'Ask.', '{}', now() from held group by owner_id""",
    """insert into meeting (id, owner_id, workspace_id, title, agent_id, agent_version_id, status, status_reason,
         status_at, connected_ms, is_recorded, is_shared, is_demo, created_at)
       select meeting_id, owner_id, gen_random_uuid(), 'Practice ' || n, gen_random_uuid(), owner_id, 'completed', '',
         now(), 600000, false, false, false, now() from held""",
    """create temp table said as
       select h.meeting_id, h.owner_id, h.n, place,
         -- No sentence twice: the model remembers the last it understood.
         format('%%s in %%s, %%s. %%s in %%s, %%s.', rtrim(a.words, '.'), h.n, place, rtrim(b.words, '.'), place, h.n)
           as words,
         l2_normalize(a.vector + b.vector * array_fill(0.6::real, array[384])::vector)::halfvec(384) as vector
       from held h cross join generate_series(0, %(lines)s - 1) place
       join sentence a on a.n = (h.n * 31 + place * 17) %% %(sentences)s
       join sentence b on b.n = (h.n::bigint * h.n %% 9973 + place * 13) %% %(sentences)s""",
    """insert into search_chunk (id, meeting_id, owner_id, line_id, place, stretch, text, embedding)
       select uuidv7(), meeting_id, owner_id, 'L' || place + 1, place, place / %(stretch)s, words, vector
       from said order by n, place""",
    """insert into search_stretch (meeting_id, stretch, owner_id, words)
       select meeting_id, place / %(stretch)s, owner_id, strip(to_tsvector('english', string_agg(words, ' ')))
       from said group by 1, 2, 3""",
    """insert into transcript (meeting_id, owner_id, lines, word_count, engine, input_hash, created_at)
       select meeting_id, owner_id, jsonb_agg(jsonb_build_object('id', 'L' || place + 1, 'text', words,
         'start_ms', place * 9000, 'end_ms', place * 9000 + 8000,
         'speaker', case place %% 2 when 0 then 'agent' else 'candidate' end) order by place),
         1000, 'bench', '', now() from said group by meeting_id, owner_id""",
    "drop table said",
)


def questions(count: int) -> list[str]:
    """Different ones, so that none is answered from a memory of the last."""
    all_of_them = [question.format(subject) for subject in SUBJECTS for question in QUESTIONS]
    return [f"{all_of_them[n % len(all_of_them)]} ({n})" for n in range(count)]


def measure_search(at: Stage, owner_id: UUID, asked: Sequence[str]) -> list[float]:
    """Milliseconds of each search by meaning and by words, the question's embedding apart."""
    taken: list[float] = []
    for question, vector in zip(asked, at.language.embed(asked).value, strict=True):
        began = time.perf_counter()
        with at.sessions.for_user(owner_id) as session:
            near = search.rank_by_meaning(session, owner_id, None, vector, CANDIDATES)
            by_words = search.rank_by_words(session, owner_id, None, question, CANDIDATES)
        taken.append((time.perf_counter() - began) * 1000)
        assert len(near) == CANDIDATES
        assert by_words
    return taken


def recall(at: Stage, owner_id: UUID, asked: Sequence[str]) -> float:
    """Share of the really nearest chunks that the search finds."""
    exact = text(
        "select meeting_id, line_id from search_chunk where owner_id = :owner_id "
        "order by embedding <=> cast(:vector as halfvec), id limit :limit"
    )
    shares: list[float] = []
    for vector in at.language.embed(asked).value:
        with at.sessions.for_user(owner_id) as session:
            found = set(search.rank_by_meaning(session, owner_id, None, vector, CANDIDATES))
            values = {"owner_id": owner_id, "vector": str(vector), "limit": CANDIDATES}
            wanted = {(row.meeting_id, row.line_id) for row in session.execute(exact, values)}
        shares.append(len(found & wanted) / len(wanted))
    return statistics.mean(shares)


def measure_first_words(at: Stage, owner_id: UUID, asked: Sequence[str]) -> list[float]:
    """Milliseconds from the question to the first words of its answer, all of search and model in it."""
    asking = AskService(at.sessions, at.language, system_clock)
    taken: list[float] = []
    for question in asked:
        first: list[float] = []
        began = time.perf_counter()
        asking.ask(
            owner_id, None, question,
            lambda claims: first.append(time.perf_counter()) if claims else None,  # noqa: B023
        )  # fmt: skip
        # Without an answer there are no words to wait for; such a question would make the figure look better.
        if first:
            taken.append((first[0] - began) * 1000)
    assert len(taken) >= len(asked) / 2
    return taken


def measure(chunks: int, count: int) -> dict[str, float]:
    """The two promised figures."""
    with stage(chunks) as at:
        asked = questions(count)
        many, few = measure_search(at, at.many, asked), measure_search(at, at.few, asked)
        print(f"search, 1,000 meetings: p50 {statistics.median(many):.1f} ms, p95 {percentile(many, 95):.1f} ms")
        print(f"search, one meeting:    p50 {statistics.median(few):.1f} ms, p95 {percentile(few, 95):.1f} ms")
        shares = ", ".join(f"{recall(at, owner_id, asked[:20]):.3f}" for owner_id in (at.many, at.few))
        print(f"recall of the nearest {CANDIDATES}: {shares}")
        first = measure_first_words(at, at.many, asked)
        print(f"first words, 1,000 meetings: p50 {statistics.median(first):.0f} ms, p95 {percentile(first, 95):.0f} ms")
        return {"search_p95_ms": hardest([many, few], 95), "ask_first_words_ms": statistics.median(first)}

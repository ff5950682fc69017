"""Queries of the search index, and what fills it. Row-level security narrows all of them.

Across a person's meetings each query also names its owner: that is what an index is used for, while a policy alone
would have every row of the table looked at. Words are matched after that: under row-level security PostgreSQL takes no
index for `@@`, so a person's stretches (a row for up to a hundred chunks) are gone through, and then the lines of the
best of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from peak_app.db.ids import new_id
from peak_app.domain.agents.models import AgentVersion
from peak_app.domain.insights.chunks import Chunk
from peak_app.domain.insights.models import SearchChunk, SearchStretch, Transcript
from peak_app.domain.meetings.models import Meeting

NEAR_BY_CODE = 240
"""So many are compared exactly; with them the nearest 24 of 60,000 are found as surely as without codes."""
BEST_STRETCHES = 40

LineKey = tuple[UUID, str]
"""A meeting and the id of a line in it."""

# A question's words are alternatives here: no line holds all of them.
_QUERY = """query as materialized (
      select replace(plainto_tsquery('english', :question)::text, ' & ', ' | ')::tsquery as words
    )"""

NEAR = text(
    """
    with near as materialized (
      select id from search_chunk where owner_id = :owner_id
      order by code <~> binary_quantize(cast(:vector as halfvec))::bit(384) limit :wide
    )
    select c.meeting_id, c.line_id from near n join search_chunk c on c.id = n.id
    order by c.embedding <=> cast(:vector as halfvec), c.id limit :limit
    """
)
_NEAR_IN_MEETING = text(
    """
    select meeting_id, line_id from search_chunk where meeting_id = :meeting_id
    order by embedding <=> cast(:vector as halfvec), place limit :limit
    """
)
WORDS = text(
    f"""
    with {_QUERY},
    best as materialized (
      select s.meeting_id, s.stretch from search_stretch s
      where s.owner_id = :owner_id and s.words @@ (select words from query)
      order by ts_rank(s.words, (select words from query)) desc, s.meeting_id desc, s.stretch limit :stretches
    )
    select c.meeting_id, c.line_id from best b
    join search_chunk c on c.meeting_id = b.meeting_id and c.stretch = b.stretch
    where c.owner_id = :owner_id and c.words @@ (select words from query)
    order by ts_rank_cd(c.words, (select words from query), 1) desc, c.meeting_id desc, c.place limit :limit
    """  # noqa: S608  a constant
)
_WORDS_IN_MEETING = text(
    f"""
    with {_QUERY}
    select meeting_id, line_id from search_chunk
    where meeting_id = :meeting_id and words @@ (select words from query)
    order by ts_rank_cd(words, (select words from query), 1) desc, place limit :limit
    """  # noqa: S608  a constant
)
_LIKENESS = text(
    """
    select meeting_id, line_id, 1 - min(embedding <=> cast(:vector as halfvec)) as nearest from search_chunk
    where meeting_id = any(cast(:ids as uuid[])) and line_id = any(cast(:lines as varchar[]))
    group by meeting_id, line_id
    """
)
_PIECES = text(
    f"""
    with {_QUERY}
    select distinct on (meeting_id, line_id) meeting_id, line_id, text from search_chunk
    where meeting_id = any(cast(:ids as uuid[])) and line_id = any(cast(:lines as varchar[]))
    order by meeting_id, line_id, words @@ (select words from query) desc, embedding <=> cast(:vector as halfvec)
    """  # noqa: S608  a constant
)


def count_chunks(session: Session, meeting_id: UUID) -> int:
    return session.exec(select(func.count()).select_from(SearchChunk).where(SearchChunk.meeting_id == meeting_id)).one()


def has_index(session: Session, owner_id: UUID) -> bool:
    """Whether anything of the person's own can be found."""
    return (
        session.exec(select(SearchStretch.stretch).where(SearchStretch.owner_id == owner_id).limit(1)).first()
        is not None
    )


def replace_index(
    session: Session, *, owner_id: UUID, meeting_id: UUID, chunks: Sequence[Chunk], vectors: Sequence[Sequence[float]]
) -> None:
    """The search index of a meeting, each chunk with its vector."""
    session.execute(delete(SearchChunk).where(col(SearchChunk.meeting_id) == meeting_id))
    session.execute(delete(SearchStretch).where(col(SearchStretch.meeting_id) == meeting_id))
    key = {"meeting_id": meeting_id, "owner_id": owner_id}
    if chunks:
        rows = [
            key
            | {
                "id": new_id(),
                "line_id": chunk.line_id,
                "place": chunk.place,
                "stretch": chunk.stretch,
                "text": chunk.text,
                "embedding": list(vector),
            }
            for chunk, vector in zip(chunks, vectors, strict=True)
        ]
        session.execute(insert(SearchChunk), rows)
    for stretch in sorted({chunk.stretch for chunk in chunks}):
        words = " ".join(chunk.text for chunk in chunks if chunk.stretch == stretch)
        vector = func.strip(func.to_tsvector("english", words))
        session.execute(insert(SearchStretch).values(**key, stretch=stretch, words=vector))


def rank_by_meaning(
    session: Session, owner_id: UUID, meeting_id: UUID | None, vector: Sequence[float], limit: int
) -> list[LineKey]:
    """The lines nearest to the vector, nearest first: of a meeting, or (None) of all the person owns."""
    values = {"vector": str(list(vector)), "limit": limit}
    if meeting_id is not None:
        return _keys(session, _NEAR_IN_MEETING, values | {"meeting_id": meeting_id})
    return _keys(session, NEAR, values | {"owner_id": owner_id, "wide": max(NEAR_BY_CODE, limit)})


def rank_by_words(
    session: Session, owner_id: UUID, meeting_id: UUID | None, question: str, limit: int
) -> list[LineKey]:
    """The lines that share words with the question, best first: of a meeting, or (None) of all the person owns."""
    values = {"question": question, "limit": limit}
    if meeting_id is not None:
        return _keys(session, _WORDS_IN_MEETING, values | {"meeting_id": meeting_id})
    return _keys(session, WORDS, values | {"owner_id": owner_id, "stretches": BEST_STRETCHES})


def likeness(session: Session, keys: Sequence[LineKey], vector: Sequence[float]) -> dict[LineKey, float]:
    """How near each of these lines is to the vector, at most 1; of a long line, its nearest piece."""
    values = {"vector": str(list(vector)), "ids": [key[0] for key in keys], "lines": [key[1] for key in keys]}
    return {(row.meeting_id, row.line_id): row.nearest for row in session.execute(_LIKENESS, values)}


def found_pieces(
    session: Session, keys: Sequence[LineKey], vector: Sequence[float], question: str
) -> dict[LineKey, str]:
    """Of each of these lines, the piece that answers to the question: the nearest of those that share words with it."""
    values = {"question": question, "vector": str(list(vector))}
    values |= {"ids": [key[0] for key in keys], "lines": [key[1] for key in keys]}
    return {(row.meeting_id, row.line_id): row.text for row in session.execute(_PIECES, values)}


def read_found(session: Session, meeting_ids: Sequence[UUID]) -> list[tuple[Meeting, str, Sequence[dict[str, Any]]]]:
    """The meetings in this order, each with its agent's name and its lines as JSON."""
    rows = session.exec(
        select(Meeting, AgentVersion.name, Transcript.lines)
        .join(AgentVersion, col(AgentVersion.id) == Meeting.agent_version_id)
        .join(Transcript, col(Transcript.meeting_id) == Meeting.id)
        .where(col(Meeting.id).in_(meeting_ids))
    ).all()
    return sorted(
        ((meeting, name, lines) for meeting, name, lines in rows), key=lambda row: meeting_ids.index(row[0].id)
    )


def _keys(session: Session, query: object, values: Mapping[str, object]) -> list[LineKey]:
    return [(row.meeting_id, row.line_id) for row in session.execute(query, values)]  # pyright: ignore[reportArgumentType, reportCallIssue]

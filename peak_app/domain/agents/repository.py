"""Queries of agents. Row-level security narrows them to the person of the transaction."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, exists, func
from sqlmodel import Session, col, select

from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.models import Agent, AgentVersion, Knowledge
from peak_app.domain.agents.words import AgentWords
from peak_app.domain.meetings.models import Meeting


def find_agent(session: Session, agent_id: UUID, *, is_locked: bool = False) -> Agent | None:
    query = select(Agent).where(Agent.id == agent_id, col(Agent.deleted_at).is_(None))
    return session.exec(query.with_for_update() if is_locked else query).first()


def get_newest_version(session: Session, agent_id: UUID) -> AgentVersion:
    return session.exec(
        select(AgentVersion).where(AgentVersion.agent_id == agent_id).order_by(col(AgentVersion.number).desc()).limit(1)
    ).one()


def list_named(session: Session, user_id: UUID, text: str, limit: int) -> Sequence[Agent]:
    """The person's agents that are not deleted and have this text in their name, those changed last first."""
    query = select(Agent).where(Agent.owner_id == user_id, col(Agent.deleted_at).is_(None))
    if text:
        query = query.where(col(Agent.name).icontains(text, autoescape=True))
    return session.exec(query.order_by(col(Agent.updated_at).desc()).limit(limit)).all()


def find_version(session: Session, agent_id: UUID, number: int) -> AgentVersion | None:
    return session.exec(
        select(AgentVersion).where(AgentVersion.agent_id == agent_id, AgentVersion.number == number)
    ).first()


def list_versions(session: Session, agent_id: UUID, limit: int) -> list[AgentVersion]:
    """The newest first."""
    query = select(AgentVersion).where(AgentVersion.agent_id == agent_id)
    return list(session.exec(query.order_by(col(AgentVersion.number).desc()).limit(limit)))


def list_newest_versions(
    session: Session, user_id: UUID, *, is_archived: bool = False
) -> list[tuple[Agent, AgentVersion]]:
    """The person's agents that are not deleted, by name, each with its newest version."""
    newest = (
        select(col(AgentVersion.agent_id), func.max(AgentVersion.number).label("number"))
        .group_by(col(AgentVersion.agent_id))
        .subquery()
    )
    archived = col(Agent.archived_at)
    rows = session.exec(
        select(Agent, AgentVersion)
        .join(newest, newest.c.agent_id == Agent.id)
        .join(AgentVersion, (col(AgentVersion.agent_id) == Agent.id) & (col(AgentVersion.number) == newest.c.number))
        .where(Agent.owner_id == user_id, col(Agent.deleted_at).is_(None))
        .where(archived.is_not(None) if is_archived else archived.is_(None))
        .order_by(col(Agent.name))
    )
    return [(agent, version) for agent, version in rows]


def has_agents(session: Session, user_id: UUID) -> bool:
    """Whether the person has an agent that is not deleted."""
    own = select(Agent.id).where(Agent.owner_id == user_id, col(Agent.deleted_at).is_(None))
    return session.exec(own.limit(1)).first() is not None


def add_version(session: Session, agent: Agent, number: int, words: AgentWords) -> AgentVersion:
    """A document the agent has read before is not kept twice."""
    known = {_document(row): row.id for row in session.exec(select(Knowledge).where(Knowledge.agent_id == agent.id))}
    ids: list[UUID] = []
    for document in words.documents:
        if document not in known:
            row = Knowledge(
                agent_id=agent.id,
                owner_id=agent.owner_id,
                kind=document.kind,
                name=document.name,
                text=document.text,
            )
            session.add(row)
            known[document] = row.id
        ids.append(known[document])
    settings = words.to_settings()
    if ids:
        settings["knowledge"] = [str(document_id) for document_id in ids]
    version = AgentVersion(
        agent_id=agent.id,
        owner_id=agent.owner_id,
        number=number,
        name=words.name,
        instructions=words.instructions,
        settings=settings,
    )
    session.add(version)
    session.flush()
    return version


def list_documents(session: Session, version: AgentVersion) -> tuple[Document, ...]:
    """What the agent had read in this version, in its order, for its owner: nobody else sees it."""
    ids = _document_ids(version)
    if not ids:
        return ()
    rows = {row.id: row for row in session.exec(select(Knowledge).where(col(Knowledge.id).in_(ids)))}
    return tuple(_document(rows[known]) for known in ids if known in rows)


def forget_documents(session: Session, agent_id: UUID) -> None:
    """Delete what the agent has read, but for what a meeting was held with."""
    held = session.exec(
        select(AgentVersion).where(
            AgentVersion.agent_id == agent_id, exists().where(col(Meeting.agent_version_id) == AgentVersion.id)
        )
    )
    kept = {document_id for version in held for document_id in _document_ids(version)}
    session.execute(delete(Knowledge).where(col(Knowledge.agent_id) == agent_id, col(Knowledge.id).not_in(kept)))


def _document_ids(version: AgentVersion) -> Sequence[UUID]:
    return [UUID(text) for text in version.settings.get("knowledge", ())]


def _document(row: Knowledge) -> Document:
    return Document(row.name, row.kind, row.text)  # pyright: ignore[reportArgumentType]  # checked before it was kept

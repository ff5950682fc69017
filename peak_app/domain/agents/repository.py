"""Queries of agents. Row-level security narrows them to the person of the transaction."""

from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from peak_app.domain.agents.models import Agent, AgentVersion


def find_agent(session: Session, agent_id: UUID, *, is_locked: bool = False) -> Agent | None:
    query = select(Agent).where(Agent.id == agent_id, col(Agent.deleted_at).is_(None))
    return session.exec(query.with_for_update() if is_locked else query).first()


def get_newest_version(session: Session, agent_id: UUID) -> AgentVersion:
    return session.exec(
        select(AgentVersion).where(AgentVersion.agent_id == agent_id).order_by(col(AgentVersion.number).desc()).limit(1)
    ).one()


def list_newest_versions(session: Session, user_id: UUID) -> list[tuple[Agent, AgentVersion]]:
    """The person's agents that are not deleted, by name, each with its newest version."""
    newest = (
        select(col(AgentVersion.agent_id), func.max(AgentVersion.number).label("number"))
        .group_by(col(AgentVersion.agent_id))
        .subquery()
    )
    rows = session.exec(
        select(Agent, AgentVersion)
        .join(newest, newest.c.agent_id == Agent.id)
        .join(AgentVersion, (col(AgentVersion.agent_id) == Agent.id) & (col(AgentVersion.number) == newest.c.number))
        .where(Agent.owner_id == user_id, col(Agent.deleted_at).is_(None))
        .order_by(col(Agent.name))
    )
    return [(agent, version) for agent, version in rows]


def has_agents(session: Session, user_id: UUID) -> bool:
    """Whether the person has an agent that is not deleted."""
    own = select(Agent.id).where(Agent.owner_id == user_id, col(Agent.deleted_at).is_(None))
    return session.exec(own.limit(1)).first() is not None

"""Queries of agents. Row-level security narrows them to the person of the transaction."""

from collections.abc import Sequence
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


def list_named(session: Session, user_id: UUID, text: str, limit: int) -> Sequence[Agent]:
    """The person's agents that are not deleted and have this text in their name, those changed last first."""
    query = select(Agent).where(Agent.owner_id == user_id, col(Agent.deleted_at).is_(None))
    if text:
        query = query.where(col(Agent.name).icontains(text, autoescape=True))
    return session.exec(query.order_by(col(Agent.updated_at).desc()).limit(limit)).all()


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

"""Agents: a name and one block of instructions, with every saved version kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, json_field, optional_time_field, owner_field, time_field
from peak_app.domain.agents.knowledge import DOCUMENT_LIMIT, DOCUMENT_NAME_LIMIT

NAME_LIMIT = 60
"""Longest name, in characters."""
INSTRUCTIONS_LIMIT = 8000
"""Longest instructions, in characters."""


class Agent(SQLModel, table=True):
    """A coach someone described. Its words are in its versions; the one with the highest number counts."""

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    workspace_id: UUID = Field(foreign_key="workspace.id", ondelete="CASCADE")
    name: str = Field(max_length=NAME_LIMIT)
    is_demo: bool = False
    created_at: datetime = time_field()
    updated_at: datetime = time_field()
    archived_at: datetime | None = optional_time_field()
    """Since when it is not offered for new meetings; None: it is."""
    deleted_at: datetime | None = optional_time_field()


class AgentVersion(SQLModel, table=True):
    """What an agent was at one time. Never changed: a meeting keeps the version it was held with."""

    __tablename__ = "agent_version"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("agent_id", "number"),)

    id: UUID = id_field()
    agent_id: UUID = Field(foreign_key="agent.id", index=True, ondelete="CASCADE")
    owner_id: UUID = owner_field()
    number: int
    name: str = Field(max_length=NAME_LIMIT)
    instructions: str = Field(max_length=INSTRUCTIONS_LIMIT)
    settings: dict[str, Any] = json_field()
    """`practice_bank`: question bank the person confirmed for the practice coach; absent: chosen by the words.
    `rubric`: what its meetings are scored by, see `scorecards.rubric.choice_to_settings`. `knowledge`: ids of what it
    has read, in their order. The rest is how the agent leads a call, see `conduct.conduct_to_settings`."""
    created_at: datetime = time_field()


class Knowledge(SQLModel, table=True):
    """A text an agent has read, in one or more of its versions. Never changed: other words are another row."""

    id: UUID = id_field()
    agent_id: UUID = Field(foreign_key="agent.id", index=True, ondelete="CASCADE")
    owner_id: UUID = owner_field()
    kind: str = Field(max_length=10)
    name: str = Field(max_length=DOCUMENT_NAME_LIMIT)
    text: str = Field(max_length=DOCUMENT_LIMIT)
    created_at: datetime = time_field()

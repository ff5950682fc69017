"""People, the workspaces they belong to, and how they sign in."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, optional_time_field, owner_field, time_field

NAME_LIMIT = 80
"""Longest name of a person, in characters."""


class Role(StrEnum):
    """What a member may do in a workspace: coaches and owners see what members shared with it."""

    OWNER = "owner"
    COACH = "coach"
    MEMBER = "member"


class Account(SQLModel, table=True):
    """A person. `email` is lower case."""

    id: UUID = id_field()
    email: str = Field(max_length=254, unique=True)
    name: str = Field(default="", max_length=NAME_LIMIT)
    time_zone: str = Field(default="UTC", max_length=64)
    created_at: datetime = time_field()


class Workspace(SQLModel, table=True):
    """A group of people who share meetings. Everyone has a personal one."""

    id: UUID = id_field()
    name: str = Field(max_length=80)
    is_personal: bool = True
    retention_days: int | None = None
    """How long recordings are kept; None: as long as the installation says."""
    created_by: UUID = Field(foreign_key="account.id", ondelete="CASCADE")
    created_at: datetime = time_field()


class Membership(SQLModel, table=True):
    workspace_id: UUID = Field(primary_key=True, foreign_key="workspace.id", ondelete="CASCADE")
    account_id: UUID = Field(primary_key=True, foreign_key="account.id", ondelete="CASCADE", index=True)
    role: str = Field(default=Role.MEMBER, max_length=10)
    created_at: datetime = time_field()


class LoginLink(SQLModel, table=True):
    """A magic link that was sent. Secrets are kept as keyed hashes only (hex)."""

    __tablename__ = "login_link"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    email: str = Field(max_length=254, index=True)
    token_hash: str = Field(max_length=64, unique=True)
    code_hash: str = Field(max_length=64)
    browser_hash: str = Field(max_length=64)
    next_path: str = Field(default="/dashboard", max_length=200)
    code_tries: int = 0
    created_at: datetime = time_field()
    expires_at: datetime = time_field()
    used_at: datetime | None = optional_time_field()


class LoginSession(SQLModel, table=True):
    """A signed-in browser. `id` is the internal reference; the cookie's secret is kept as a hash only (hex)."""

    __tablename__ = "login_session"  # pyright: ignore[reportAssignmentType]

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    token_hash: str = Field(max_length=64, unique=True)
    user_agent: str = Field(default="", max_length=200)
    created_at: datetime = time_field()
    last_seen_at: datetime = time_field()
    expires_at: datetime = time_field()
    revoked_at: datetime | None = optional_time_field()


class Installation(SQLModel, table=True):
    """The one row about this installation: who its operator is (the first account, or whom `peak operator` named)."""

    id: int = Field(default=1, primary_key=True)
    operator_id: UUID | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    vacated_at: datetime | None = optional_time_field()
    """When the operator deleted their account. From then on nobody becomes it by signing in."""

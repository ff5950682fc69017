"""Ways in besides the mail: who someone is at a sign-in provider, and sign-ins that were begun there."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, owner_field, time_field


class Identity(SQLModel, table=True):
    """A person at a provider, who signs in to this account. One of them is of one account only."""

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    key_hash: str = Field(max_length=64, unique=True)
    """Keyed hash of issuer and subject, by which it is found before anyone knows whose it is (hex)."""
    provider: str = Field(max_length=20)
    """Name of the provider in our settings: google, github, oidc."""
    issuer: str = Field(max_length=500)
    subject: str = Field(max_length=255)
    email: str = Field(default="", max_length=255)
    """Their address there when they last signed in, only to be shown; empty: none was told."""
    created_at: datetime = time_field()
    last_used_at: datetime = time_field()


class SignInStart(SQLModel, table=True):
    """A browser that was sent to a provider and has not come back. Deleted when it does: it is good for once."""

    __tablename__ = "sign_in_start"  # pyright: ignore[reportAssignmentType]

    state_hash: str = Field(primary_key=True, max_length=64)
    browser_hash: str = Field(max_length=64)
    provider: str = Field(max_length=20)
    verifier: str = Field(max_length=128)
    nonce: str = Field(default="", max_length=64)
    next_path: str = Field(max_length=200)
    session_id: UUID | None = None
    """The session whose account the identity is to be added to; None: someone signs in."""
    expires_at: datetime = time_field(index=True)

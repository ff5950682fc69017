"""Passkeys: public keys whose private halves stay on people's devices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from peak_app.db.columns import id_field, owner_field, time_field

PASSKEY_NAME_LIMIT = 60
"""Longest name someone gives a passkey, in characters."""


class Passkey(SQLModel, table=True):
    """A way into one account. What is kept of it lets nobody in."""

    id: UUID = id_field()
    owner_id: UUID = owner_field()
    key_hash: str = Field(max_length=64, unique=True)
    """Keyed hash of `credential_id`, by which it is found before anyone knows whose it is (hex)."""
    credential_id: str = Field(max_length=1_400)
    """What devices know it by (base64url)."""
    public_key: str = Field(max_length=1_600)
    """In COSE form (base64url)."""
    use_count: int = Field(default=0, sa_type=BigInteger)
    """How often its device said it has signed; 0: the device does not count."""
    name: str = Field(default="", max_length=PASSKEY_NAME_LIMIT)
    """What its owner calls it."""
    created_at: datetime = time_field()
    last_used_at: datetime = time_field()

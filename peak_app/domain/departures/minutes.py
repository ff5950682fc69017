"""Minutes of the month outlive an account, under a hash of its address: deleting it gives nobody a second helping."""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from peak_app.db.tenancy import also_by_token
from peak_app.domain.accounts.models import Account
from peak_app.domain.billing.models import UsageEntry
from peak_app.domain.departures.models import KeptMinutes

ADDRESS_PURPOSE = "kept-minutes"
"""What `Settings.derive` is asked for the key of the hashes."""


def hash_address(key: bytes, email: str) -> str:
    """Hex, 64 characters. Without the installation's key nobody can try addresses."""
    return hmac.new(key, email.encode(), hashlib.sha256).hexdigest()


def keep_minutes(session: Session, key: bytes, email: str, used: timedelta, until: datetime) -> None:
    """Remember what an address has used, until the month is over. Nothing is kept of someone who used nothing."""
    seconds = round(used.total_seconds())
    if not seconds:
        return
    address_hash = hash_address(key, email)
    also_by_token(session, address_hash)
    kept = insert(KeptMinutes).values(address_hash=address_hash, seconds=seconds, until=until)
    session.execute(
        kept.on_conflict_do_update(
            index_elements=["address_hash"], set_={"seconds": kept.excluded.seconds, "until": kept.excluded.until}
        )
    )


def return_minutes(session: Session, account: Account, key: bytes, at: datetime) -> None:
    """A new account of an address that left this month begins with what that had used, and nothing is kept any more."""
    address_hash = hash_address(key, account.email)
    also_by_token(session, address_hash)
    kept = session.exec(select(KeptMinutes).where(KeptMinutes.address_hash == address_hash)).first()
    if kept is None:
        return
    if kept.until > at:
        session.add(UsageEntry(owner_id=account.id, key=f"kept:{account.id}", seconds=kept.seconds, occurred_at=at))
        session.flush()
    session.exec(delete(KeptMinutes).where(col(KeptMinutes.address_hash) == address_hash))

"""Queries of identities and of sign-ins under way. Callers open the transaction and say for whom it is."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select

from peak_app.domain.accounts.models import Account
from peak_app.domain.identities.models import Identity, SignInStart


def delete_starts_before(session: Session, at: datetime) -> None:
    session.exec(delete(SignInStart).where(col(SignInStart.expires_at) < at))


def take_start(session: Session, state_hash: str, browser_hash: str, provider: str, at: datetime) -> SignInStart | None:
    """Use it up, exactly once however many try; None when it can't be used."""
    statement = (
        delete(SignInStart)
        .where(
            col(SignInStart.state_hash) == state_hash,
            col(SignInStart.browser_hash) == browser_hash,
            col(SignInStart.provider) == provider,
            col(SignInStart.expires_at) > at,
        )
        .returning(SignInStart)
    )
    return session.execute(statement).scalar_one_or_none()


def find_identity(session: Session, key_hash: str) -> Identity | None:
    return session.exec(select(Identity).where(Identity.key_hash == key_hash)).first()


def hold_account(session: Session, user_id: UUID) -> Account | None:
    """The account, which is not deleted before the transaction ends; None when it is gone."""
    statement = select(Account).where(Account.id == user_id).with_for_update(key_share=True, read=True)
    return session.exec(statement).first()


def has_identity_of(session: Session, user_id: UUID, issuer: str) -> bool:
    found = session.exec(select(Identity.id).where(Identity.owner_id == user_id, Identity.issuer == issuer).limit(1))
    return found.first() is not None


def list_identities(session: Session, user_id: UUID) -> list[Identity]:
    """In the order they were added."""
    statement = select(Identity).where(Identity.owner_id == user_id).order_by(col(Identity.created_at))
    return list(session.exec(statement).all())


def delete_identity(session: Session, user_id: UUID, identity_id: UUID) -> bool:
    """Whether there was one of this person's."""
    statement = (
        delete(Identity)
        .where(col(Identity.id) == identity_id, col(Identity.owner_id) == user_id)
        .returning(col(Identity.id))
    )
    return session.execute(statement).first() is not None

"""Queries about people and how they sign in. Callers open the transaction and say for whom it is."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import Session, col, delete, select, update

from peak_app.db.channels import LIVE
from peak_app.domain.accounts.models import Account, Installation, LoginLink, LoginSession, Membership, Role, Workspace

PERSONAL_WORKSPACE = "Personal"


def lock_email(session: Session, email: str) -> None:
    """Let one sign-in of an address wait for the other until the transaction ends."""
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:email, 0))"), {"email": email})


def count_links_since(session: Session, email: str, since: datetime) -> int:
    statement = select(func.count()).where(col(LoginLink.email) == email, col(LoginLink.created_at) > since)
    return session.exec(statement).one()


def count_code_tries_since(session: Session, email: str, since: datetime) -> int:
    statement = select(func.coalesce(func.sum(LoginLink.code_tries), 0)).where(
        col(LoginLink.email) == email, col(LoginLink.created_at) > since
    )
    return int(session.exec(statement).one())


def delete_links_before(session: Session, email: str, before: datetime) -> None:
    session.exec(delete(LoginLink).where(col(LoginLink.email) == email, col(LoginLink.created_at) < before))


def find_link(session: Session, token_hash: str) -> LoginLink | None:
    return session.exec(select(LoginLink).where(LoginLink.token_hash == token_hash)).first()


def list_open_links(session: Session, email: str, browser_hash: str, at: datetime) -> list[LoginLink]:
    """Links of this browser that can still be used, newest first, locked until the transaction ends."""
    statement = (
        select(LoginLink)
        .where(
            LoginLink.email == email,
            LoginLink.browser_hash == browser_hash,
            col(LoginLink.used_at).is_(None),
            LoginLink.expires_at > at,
        )
        .order_by(col(LoginLink.created_at).desc())
        .with_for_update()
    )
    return list(session.exec(statement).all())


def use_link(session: Session, token_hash: str, browser_hash: str, at: datetime) -> str | None:
    """Use the link up, exactly once however many try; its next path, or None when it can't be used."""
    statement = (
        update(LoginLink)
        .where(
            col(LoginLink.token_hash) == token_hash,
            col(LoginLink.browser_hash) == browser_hash,
            col(LoginLink.used_at).is_(None),
            col(LoginLink.expires_at) > at,
        )
        .values(used_at=at)
        .returning(col(LoginLink.next_path))
    )
    return session.execute(statement).scalar_one_or_none()


def void_links(session: Session, email: str, at: datetime) -> None:
    """The other open links of an address end when one is used."""
    session.exec(
        update(LoginLink).where(col(LoginLink.email) == email, col(LoginLink.used_at).is_(None)).values(used_at=at)
    )


def find_account_by_email(session: Session, email: str) -> Account | None:
    return session.exec(select(Account).where(Account.email == email)).first()


def find_account(session: Session, user_id: UUID) -> Account | None:
    return session.get(Account, user_id)


def add_personal_workspace(session: Session, user_id: UUID) -> Workspace:
    workspace = Workspace(name=PERSONAL_WORKSPACE, is_personal=True, created_by=user_id)
    session.add(workspace)
    session.flush()
    session.add(Membership(workspace_id=workspace.id, account_id=user_id, role=Role.OWNER))
    session.flush()
    return workspace


def claim_operator(session: Session, user_id: UUID) -> None:
    """Whoever comes first runs the installation; for everyone after, this changes nothing."""
    session.exec(
        update(Installation)
        .where(col(Installation.operator_id).is_(None), col(Installation.vacated_at).is_(None))
        .values(operator_id=user_id)
    )


def appoint_operator(session: Session, user_id: UUID) -> bool:
    """Whoever has the machine names who runs the installation. False: somebody does."""
    appointed = session.execute(
        update(Installation)
        .where(col(Installation.operator_id).is_(None))
        .values(operator_id=user_id, vacated_at=None)
        .returning(col(Installation.id))
    )
    return appointed.first() is not None


def vacate_operator(session: Session, user_id: UUID, at: datetime) -> None:
    """The operator leaves: nobody who signs in from now on becomes it by that."""
    session.exec(update(Installation).where(col(Installation.operator_id) == user_id).values(vacated_at=at))


def revoke_other_sessions(session: Session, user_id: UUID, kept_id: UUID, at: datetime) -> list[UUID]:
    """End every session of this person but one; gives those that ended."""
    statement = (
        update(LoginSession)
        .where(
            col(LoginSession.owner_id) == user_id,
            col(LoginSession.id) != kept_id,
            col(LoginSession.revoked_at).is_(None),
        )
        .values(revoked_at=at)
        .returning(col(LoginSession.id))
    )
    return list(session.execute(statement).scalars())


def announce_ended(session: Session, user_id: UUID, session_id: UUID) -> None:
    """Tell every web process that has a tab of this session, with the commit."""
    session.execute(
        text("select pg_notify(:channel, :payload)"),
        {"channel": LIVE, "payload": json.dumps({"owner_id": str(user_id), "session_id": str(session_id)})},
    )


def is_operator(session: Session, user_id: UUID) -> bool:
    return session.exec(select(Installation.operator_id)).first() == user_id


def find_session_by_hash(session: Session, token_hash: str) -> LoginSession | None:
    return session.exec(select(LoginSession).where(LoginSession.token_hash == token_hash)).first()


def find_own_session(session: Session, user_id: UUID, session_id: UUID) -> LoginSession | None:
    statement = select(LoginSession).where(LoginSession.id == session_id, LoginSession.owner_id == user_id)
    return session.exec(statement).first()


def note_seen(session: Session, session_id: UUID, at: datetime, step: timedelta) -> None:
    """Note a use of the session, unless one was noted within `step`."""
    session.exec(
        update(LoginSession)
        .where(col(LoginSession.id) == session_id, col(LoginSession.last_seen_at) < at - step)
        .values(last_seen_at=at)
    )


def list_sessions(session: Session, user_id: UUID, at: datetime) -> list[LoginSession]:
    """Sessions that were not ended and have not reached their end, most recently used first."""
    statement = (
        select(LoginSession)
        .where(
            LoginSession.owner_id == user_id,
            col(LoginSession.revoked_at).is_(None),
            LoginSession.expires_at > at,
        )
        .order_by(col(LoginSession.last_seen_at).desc())
    )
    return list(session.exec(statement).all())


def revoke_session(session: Session, user_id: UUID, session_id: UUID, at: datetime) -> bool:
    """Whether this ended it: False when there is none of this person's, or it had ended."""
    statement = (
        update(LoginSession)
        .where(
            col(LoginSession.id) == session_id,
            col(LoginSession.owner_id) == user_id,
            col(LoginSession.revoked_at).is_(None),
        )
        .values(revoked_at=at)
        .returning(col(LoginSession.id))
    )
    return session.execute(statement).first() is not None
